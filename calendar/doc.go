// Package calendar knows opening hours: a time of day (Hours), and a week of them with exceptions (Config, Opening).
//
// Everything goes by what the clock on the wall of one time zone shows, on the days when clocks are changed as well.
// The package knows nobody who opens or closes.
package calendar
