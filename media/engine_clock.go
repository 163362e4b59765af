package media

import "time"

// began is where the package's monotonic clock starts.
var began = time.Now()

// Now is the package's clock: nanoseconds of monotonic time, the same for every loop, tap and recording.
// Only differences mean something.
func Now() int64 { return int64(time.Since(began)) }
