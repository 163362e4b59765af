// Package store is the one database of hatif: what must survive is here and nowhere else. It holds the call
// log and where phones are registered.
//
// The database is SQLite in the data directory, or PostgreSQL when the file names one; the tables and the
// statements are the same. The package has row types of its own and knows no calls, phones or queues; who
// writes a row turns his own type into it. It makes no files but the database and its lock, and no reports: CSV
// is a download made from rows.
//
// # What is durable
//
// SQLite runs with a write-ahead log and synchronous=FULL: once SaveCall has returned, the row outlives a killed
// process and a power failure. Each commit waits for the disk, and so Run lets the calls of one moment share a
// commit: measured with BenchmarkCall, FULL then costs hardly more processor time than NORMAL, which would lose the
// last seconds with the power. PostgreSQL does as its own synchronous_commit says.
//
// While the database is locked, full or away, what SaveCall and KeepOwed were given waits in memory, bounded, for Run to
// write it: see ErrWaiting.
package store
