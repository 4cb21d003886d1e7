package gitrepo

import (
	"fmt"
	"os"
	"strings"
)

// passed are the variables of this process that git and its helpers see: what finds programs,
// what proxies and certificates need, and the agent that holds SSH keys.
var passed = []string{
	"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE",
	"http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
	"SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_EXEC_PATH",
}

// environ is the whole environment of a call.
func (g *Git) environ(protocols string, more []setting) []string {
	env := []string{
		"LC_ALL=C", // messages are looked at
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=",
		"SSH_ASKPASS=",
		"GCM_INTERACTIVE=never",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=" + protocols,
	}
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if os.Getenv("GIT_SSH_COMMAND") == "" && os.Getenv("GIT_SSH") == "" {
		env = append(env, "GIT_SSH_COMMAND=ssh -oBatchMode=yes -oConnectTimeout=30")
	}
	n := 0
	for _, list := range [][]setting{authorities(), g.config, more} {
		for _, s := range list {
			env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n, s.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n, s.value))
			n++
		}
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", n))
}

// authorities are the variables by which git is told of certificate authorities, as settings: the
// variables would win over what is configured for single hosts.
func authorities() (list []setting) {
	for _, v := range []setting{{"http.sslCAInfo", "GIT_SSL_CAINFO"}, {"http.sslCAPath", "GIT_SSL_CAPATH"}} {
		if value := os.Getenv(v.value); value != "" {
			list = append(list, setting{v.key, value})
		}
	}
	return list
}

// remoteProtocols are the transports to other machines; local files are added where
// the caller trusts the URL.
const remoteProtocols = "https:http:ssh:git"

func (g *Git) protocols(local bool) string {
	if local || g.rewritesToFiles() {
		return remoteProtocols + ":file"
	}
	return remoteProtocols
}

// rewritesToFiles tells whether the caller's settings lead some URLs to this machine
// (url.BASE.insteadOf), which is as good as naming the files.
func (g *Git) rewritesToFiles() bool {
	for _, c := range g.config {
		key := strings.ToLower(c.key)
		if base, ok := strings.CutPrefix(key, "url."); ok && strings.HasSuffix(key, ".insteadof") &&
			(strings.HasPrefix(base, "/") || strings.HasPrefix(base, "file:")) {
			return true
		}
	}
	return false
}
