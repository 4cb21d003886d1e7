// Package metrics counts what a server does and shows it to Prometheus, in the text format
// 0.0.4 that every scraper understands.
//
// [Requests] counts requests, at the cost of a few atomic additions for each: no lock, no map that
// grows, no allocation. All labels come from a fixed set, so that no client can make more of
// them. What is known elsewhere, such as the age of a snapshot, is asked for at the
// time of a scrape and written with a [Writer].
package metrics
