package config

import (
	"reflect"
	"strings"

	"hatif/queue"
)

// OrderOfQueues is the order in which keys are added to a queue.
func OrderOfQueues() []string { return order["queues"] }

// QueueKeys are those of a queue.
func QueueKeys() (keys []string) {
	for f := range reflect.TypeFor[queue.Config]().Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		keys = append(keys, key)
	}
	return keys
}
