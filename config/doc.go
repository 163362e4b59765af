// Package config is the file: the whole call centre as an administrator writes it.
//
// It reads strictly (an unknown key is an error), fills in defaults, checks what crosses the borders of the
// features, and shows every mistake with file, line, column and the source line. Each feature owns its options
// and their checks; config only puts them together. A *Config is a value: it is read, checked, swapped whole,
// and never changed afterwards. Changes are made in the text of the file (Edit), which keeps every byte that they do not
// concern; what is written replaces the file whole (Replace), and the versions before it are kept (History). The package
// starts nothing and touches nothing but the file and its versions.
package config
