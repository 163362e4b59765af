// Package metrics tells Prometheus what hatif does.
//
// Nearly everything is read from the parts' own figures at the moment of a scrape: nothing is counted twice, and no part
// knows of metrics. Only what would be gone by then, how calls ended and how they sounded, is counted as it happens, once
// for each call. No number of a caller and no address is ever a label: labels are words of the program or of the file.
//
// The package decides nothing about who may read it; web does.
package metrics
