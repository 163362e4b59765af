# hatif's chores. `make` alone lists them.
export CGO_ENABLED ?= 0
GO      ?= go
LINT    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZ    ?= 10s
STORIES ?= ChoosesArabic
BIN     := bin

.PHONY: help build test race lint fuzz bench e2e sounds clean

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## one static binary: bin/hatif, and bin/hatif-load beside it
	$(GO) build -trimpath -o $(BIN)/ ./cmd/...

test: ## everything that needs Go alone
	$(GO) test ./...

race: ## the same under the race detector (needs a C compiler), and the main story alone: all of them, ten times
	@# slower than real time, would test the machine's patience and not the code; make race STORIES=. tells them all
	CGO_ENABLED=1 $(GO) test -race $$($(GO) list ./... | grep -v /stories)
	CGO_ENABLED=1 $(GO) test -race -parallel 1 -run '$(STORIES)' ./stories

lint: ## gofmt, go vet, golangci-lint with .golangci.yml
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	$(GO) run $(LINT) run ./...

fuzz: ## every fuzz target for FUZZ (10s, or 5000x inputs) each
	./scripts/fuzz $(FUZZ)

bench: ## the figures of docs/performance.md
	./scripts/bench

e2e: ## real phones, a browser, a PostgreSQL (installs them)
	./scripts/e2e

sounds: ## speaks the prompts again from their texts (needs espeak-ng and sox)
	$(GO) run ./scripts/prompts

clean: ## what the others made
	rm -rf $(BIN)
