// Package front is what stands between clients and the site that a mirror is: the
// addresses to listen at, TLS, host names of their own for parts of the site, who is let in, limits for each
// client, an access log, metrics, and how a server says that it is well.
//
// [Config] is the section [serve] of offmirror.toml. A [Front] made of it composes handlers from
// the packages beside this one, each of which does one thing, around a [Site]; what is
// not configured is not there and costs nothing. No handler hides anything of the
// writer that it passes on, so that files still go from the disk to the network without a copy.
//
//	/healthz    200 as long as the process answers
//	/readyz     200 once something is published, else 503; JSON with what is served and what is wrong
//	/metrics    for Prometheus
//
// These are not limited, and not to be had under host names of their own. What an access rule for
// "metrics" protects is /metrics, and of /readyz everything but its status.
package front
