package registry

// Caps on what a registry file may hold. They are some thirty times what
// hex.pm, the largest repository, needs; a file beyond one of them is refused.
const (
	MaxIndexFile      = 32 << 20  // bytes of names or versions, compressed
	MaxIndexPayload   = 128 << 20 // bytes of their payload
	MaxPackageFile    = 4 << 20   // bytes of packages/NAME or policies/NAME, compressed
	MaxPackagePayload = 16 << 20  // bytes of their payload

	MaxPackages     = 1 << 20 // entries in names or versions
	MaxReleases     = 1 << 16 // releases of one package
	MaxDependencies = 1 << 12 // dependencies of one release
	MaxAdvisories   = 1 << 16 // advisories of one package
	MaxNumbers      = 1 << 16 // indexes or reasons in one list
	MaxAliases      = 1 << 10 // aliases of one advisory
	MaxPolicyRules  = 1 << 16 // repositories or overrides in one list of a policy
	MaxString       = 1 << 16 // bytes of one string field
)
