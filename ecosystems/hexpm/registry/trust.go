package registry

// Trust is what a repository's files must satisfy to be believed.
type Trust struct {
	Key        *PublicKey // signs every file
	Repository string     // name inside every payload: "hexpm", or an organisation's
}

// open unpacks a file and proves its signature.
func (t Trust) open(file []byte, maxFile, maxPayload int) ([]byte, error) {
	if len(file) > maxFile {
		return nil, malformed("%d bytes, more than the %d allowed", len(file), maxFile)
	}
	s, err := Open(file, maxPayload)
	if err != nil {
		return nil, err
	}
	if err := t.Key.Verify(s.Payload, s.Signature); err != nil {
		return nil, err
	}
	return s.Payload, nil
}

func (t Trust) repository(found string) error {
	if found != t.Repository {
		return &RepositoryError{Expected: t.Repository, Found: found}
	}
	return nil
}

// Names proves and reads the file /names.
func (t Trust) Names(file []byte) (*Names, error) {
	payload, err := t.open(file, MaxIndexFile, MaxIndexPayload)
	if err != nil {
		return nil, err
	}
	n, err := UnmarshalNames(payload)
	if err != nil {
		return nil, err
	}
	if err := t.repository(n.Repository); err != nil {
		return nil, err
	}
	return n, nil
}

// Versions proves and reads the file /versions.
func (t Trust) Versions(file []byte) (*Versions, error) {
	payload, err := t.open(file, MaxIndexFile, MaxIndexPayload)
	if err != nil {
		return nil, err
	}
	v, err := UnmarshalVersions(payload)
	if err != nil {
		return nil, err
	}
	if err := t.repository(v.Repository); err != nil {
		return nil, err
	}
	return v, nil
}

// Package proves and reads the file /packages/NAME.
func (t Trust) Package(file []byte, name string) (*Package, error) {
	payload, err := t.open(file, MaxPackageFile, MaxPackagePayload)
	if err != nil {
		return nil, err
	}
	p, err := UnmarshalPackage(payload)
	if err != nil {
		return nil, err
	}
	if err := t.repository(p.Repository); err != nil {
		return nil, err
	}
	if p.Name != name {
		return nil, &NameError{Kind: "package", Expected: name, Found: p.Name}
	}
	return p, nil
}

// Policy proves and reads the file /policies/NAME.
func (t Trust) Policy(file []byte, name string) (*Policy, error) {
	payload, err := t.open(file, MaxPackageFile, MaxPackagePayload)
	if err != nil {
		return nil, err
	}
	p, err := UnmarshalPolicy(payload)
	if err != nil {
		return nil, err
	}
	if err := t.repository(p.Repository); err != nil {
		return nil, err
	}
	if p.Name != name {
		return nil, &NameError{Kind: "policy", Expected: name, Found: p.Name}
	}
	return p, nil
}
