package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// house is what lies below the calls: the database, the file, the program itself.
func house(s Sources) prometheus.Collector {
	r := new(reader)
	transactions := r.counter("store_transactions_total", "Transactions that write, failed ones included.")
	failed := r.counter("store_transactions_failed_total", "Transactions that failed.")
	took := r.counter("store_transaction_seconds_total", "Time that transactions took, all together.")
	waiting := r.gauge("store_rows_waiting", "Rows in memory that wait for the next transaction.")
	away := r.gauge("store_away", "1: the database is away, full or locked, and rows wait for it in memory.")
	reloads := r.counter("config_reloads_total", "Readings of the file while hatif runs.", "result")
	good := r.gauge("config_last_reload_successful", "0: the file was refused, and the settings before it are in force.")
	since := r.gauge("config_loaded_timestamp_seconds", "When the settings in force were read.")
	build := r.gauge("build_info", "Always 1; the labels say which hatif this is.", "version", "goversion")
	started := r.gauge("start_timestamp_seconds", "When hatif was started.")
	r.read = func(to *sheet) {
		db := s.Store()
		to.put(transactions, float64(db.Transactions))
		to.put(failed, float64(db.Failed))
		to.put(took, db.Took.Seconds())
		to.put(waiting, float64(db.Waiting))
		to.put(away, truth(db.Away))
		file := s.Reloads()
		to.put(reloads, float64(file.Applied), "applied")
		to.put(reloads, float64(file.Refused), "refused")
		to.put(good, truth(file.Last))
		to.put(since, unix(file.Since))
		to.put(build, 1, s.Version, runtime.Version())
		to.put(started, unix(s.Started))
	}
	return r
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
