package bundle

import (
	"fmt"

	"github.com/offmirror/offmirror/layout/bundle/receipt"
)

// Config is the section [bundle] of offmirror.toml.
type Config struct {
	VolumeSize     string   `toml:"volume_size" doc:"size that every volume of a bundle is smaller than; the default suits FAT32"`
	EncryptTo      []string `toml:"encrypt_to" doc:"recipients of age (age1…, or a file of them) for whom bundles are encrypted; empty: they are not"`
	Key            string   `toml:"key" path:"true" doc:"secret key that signs bundles, as offmirror key generate or minisign -G makes it; empty: the mirror's own, made on first use"`
	TrustedKeys    []string `toml:"trusted_keys" flag:"trust" doc:"public keys (RW…, or a .pub file) whose bundles are taken; a mirror that trusts nobody yet then takes nobody else's"`
	RequireTrusted bool     `toml:"require_trusted" doc:"take no bundle by a key that nobody named, not even the first"`
	Site           string   `toml:"site" doc:"name of this mirror in its receipts; empty: the name of the host"`
}

// DefaultConfig is volumes for FAT32, the mirror's own key, and trust in whoever comes first.
func DefaultConfig() Config { return Config{VolumeSize: "4GiB"} }

// Check says which value is impossible. The error begins with the key, dotted. Keys are read when
// they are needed.
func (c Config) Check() error {
	if c.Site == "" {
		return nil
	}
	if err := receipt.CheckSite(c.Site); err != nil {
		return fmt.Errorf("bundle.site: %w", err)
	}
	return nil
}
