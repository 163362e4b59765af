package call

import (
	"log/slog"
	"runtime/debug"
)

// Contain runs f, which is done for one call, on this goroutine. A panic of f becomes a Failure, and the log has its
// stack: what goes wrong in one call must not end the others, which a panic that leaves its goroutine would.
func Contain(log *slog.Logger, doing string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic contained", "doing", doing, "panic", p, "stack", string(debug.Stack()))
			err = Failure.With("%s: panic: %v", doing, p)
		}
	}()
	return f()
}
