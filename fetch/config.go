package fetch

import "time"

// Config is the section [fetch] of offmirror.toml. Begin with [DefaultConfig]:
// zero values are not the defaults.
//
// Amounts of bytes are texts such as "256MiB", see [ParseSize]; times are texts
// such as "30s".
type Config struct {
	Concurrency int    `toml:"concurrency" also:"max-processes" doc:"requests under way at once, all hosts together"`
	PerHost     int    `toml:"per_host" doc:"requests under way at once to one host"`
	InFlight    string `toml:"in_flight" doc:"bytes that may be under way or not yet durable at once"`
	Bandwidth   string `toml:"bandwidth" doc:"limit for all transfers together, such as 80MiB/s; empty: none"`
	Budget      string `toml:"budget" doc:"the most that the store may hold in all, such as 500GiB; a run that would bring more does not start; empty: no limit but the free space"`
	TempDir     string `toml:"temp_dir" path:"true" doc:"folder for temporary files, such as unpacked tarballs, which may be on any disk or in memory; empty: in the mirror, where objects are written in any case"`

	PreferredHostnames []string            `toml:"preferred_hostnames" doc:"hosts to try first among a URL and its mirrors, in this order"`
	JustLocal          string              `toml:"just_local" path:"true" doc:"a just-mr checkout-locations file such as ~/.just-local.json, for its local mirrors and preferred hostnames"`
	LocalMirrors       map[string][]string `toml:"local_mirrors" doc:"URLs to try before any other, by exact URL, or by a prefix that ends in /"`

	Retries        int           `toml:"retries" doc:"further attempts at a URL after an error that may pass"`
	Backoff        time.Duration `toml:"backoff" doc:"first pause after such an error; it doubles up to backoff_max"`
	BackoffMax     time.Duration `toml:"backoff_max" doc:"longest pause, also when a server asks for a longer one by Retry-After"`
	ConnectTimeout time.Duration `toml:"connect_timeout" doc:"longest time for a connection to be made"`
	AnswerTimeout  time.Duration `toml:"answer_timeout" doc:"longest time from a request to the head of its answer"`
	StallTimeout   time.Duration `toml:"stall_timeout" doc:"a transfer slower than min_speed for this long is cut off"`
	MinSpeed       string        `toml:"min_speed" doc:"see stall_timeout; also bounds the time of an item by its size"`
	ItemTimeout    time.Duration `toml:"item_timeout" doc:"time that any transfer may take beside what its size needs at min_speed"`
	MaxSize        string        `toml:"max_size" doc:"largest object accepted where nothing tells its size"`

	Hosts map[string]Host `toml:"hosts" doc:"what single hosts need, by host name or HOST:PORT"`
}

// Host is a section [fetch.hosts."NAME"] of offmirror.toml.
type Host struct {
	CA          string `toml:"ca" path:"true" doc:"PEM file of further certificate authorities to trust for this host"`
	Proxy       string `toml:"proxy" doc:"proxy URL; none: connect directly; empty: as the environment says"`
	TokenEnv    string `toml:"token_env" doc:"environment variable that holds a bearer token"`
	User        string `toml:"user" doc:"user name for basic authentication, with password_env"`
	PasswordEnv string `toml:"password_env" doc:"environment variable that holds the password"`
	Netrc       string `toml:"netrc" path:"true" doc:"netrc file to take user name and password from, such as ~/.netrc"`
	Concurrency int    `toml:"concurrency" doc:"requests under way at once to this host, instead of per_host"`
	HTTP2       bool   `toml:"http2" doc:"let the host choose HTTP/2; pools of HTTP/1.1 connections are faster for many files"`
}

// DefaultConfig returns what holds when the configuration says nothing.
func DefaultConfig() Config {
	return Config{
		Concurrency:    64,
		PerHost:        32,
		InFlight:       "256MiB",
		Retries:        4,
		Backoff:        500 * time.Millisecond,
		BackoffMax:     time.Minute,
		ConnectTimeout: 15 * time.Second,
		AnswerTimeout:  time.Minute,
		StallTimeout:   30 * time.Second,
		MinSpeed:       "1KiB/s",
		ItemTimeout:    10 * time.Minute,
		MaxSize:        "32GiB",
	}
}
