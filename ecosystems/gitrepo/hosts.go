package gitrepo

import (
	"maps"
	"slices"

	"github.com/offmirror/offmirror/fetch"
)

// HostConfig returns the settings of git ([Options].Config) that say the same as
// [fetch.hosts] of offmirror.toml does for downloads: certificate authorities and proxies.
// Credentials are not among them, see Options.Authorize. A host without a port
// means its default ports to git.
func HostConfig(hosts map[string]fetch.Host) map[string]string {
	config := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(hosts)) {
		h := hosts[name]
		for _, scheme := range []string{"https", "http"} {
			prefix := "http." + scheme + "://" + name + "/."
			if h.CA != "" && scheme == "https" {
				config[prefix+"sslCAInfo"] = h.CA
			}
			switch h.Proxy {
			case "":
			case "none":
				config[prefix+"proxy"] = ""
			default:
				config[prefix+"proxy"] = h.Proxy
			}
		}
	}
	return config
}
