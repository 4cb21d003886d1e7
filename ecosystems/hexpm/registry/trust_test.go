package registry

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func seal(t testing.TB, payload []byte) []byte {
	t.Helper()
	file, err := testKey().Seal(payload)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readers applies each kind of reading to a file and returns the errors.
func readers(trust Trust, file []byte) map[string]error {
	_, names := trust.Names(file)
	_, versions := trust.Versions(file)
	_, pkg := trust.Package(file, "plug")
	_, policy := trust.Policy(file, "strict")
	return map[string]error{"names": names, "versions": versions, "package": pkg, "policy": policy}
}

func TestTrustReadsWhatItSealed(t *testing.T) {
	trust := Trust{Key: testKey().Public(), Repository: "hexpm"}
	if n, err := trust.Names(seal(t, (&Names{Repository: "hexpm", Packages: []NamedPackage{{Name: "plug"}}}).Marshal())); err != nil || n.Packages[0].Name != "plug" {
		t.Errorf("names: %v, %v", n, err)
	}
	if v, err := trust.Versions(seal(t, (&Versions{Repository: "hexpm", Packages: []VersionedPackage{{Name: "plug"}}}).Marshal())); err != nil || v.Packages[0].Name != "plug" {
		t.Errorf("versions: %v, %v", v, err)
	}
	if p, err := trust.Package(seal(t, samplePackage().Marshal()), "plug"); err != nil || len(p.Releases) != 3 {
		t.Errorf("package: %v, %v", p, err)
	}
	trust.Repository = "acme"
	if p, err := trust.Policy(seal(t, samplePolicy().Marshal()), "strict"); err != nil || p.Description == "" {
		t.Errorf("policy: %v, %v", p, err)
	}
}

func TestSealIsDeterministic(t *testing.T) {
	payload := samplePackage().Marshal()
	if !bytes.Equal(seal(t, payload), seal(t, payload)) {
		t.Error("sealing the same payload twice gives different files")
	}
	s, err := Open(seal(t, payload), MaxPackagePayload)
	if err != nil || !bytes.Equal(s.Payload, payload) || len(s.Signature) != 256 {
		t.Errorf("opened: payload %d bytes, signature %d bytes, error %v", len(s.Payload), len(s.Signature), err)
	}
}

func TestTrustRefusesAnotherRepository(t *testing.T) {
	trust := Trust{Key: testKey().Public(), Repository: "acme"}
	_, nErr := trust.Names(seal(t, (&Names{Repository: "hexpm"}).Marshal()))
	_, vErr := trust.Versions(seal(t, (&Versions{Repository: "hexpm"}).Marshal()))
	_, pErr := trust.Package(seal(t, samplePackage().Marshal()), "plug")
	trust.Repository = "hexpm"
	_, oErr := trust.Policy(seal(t, samplePolicy().Marshal()), "strict")
	for name, err := range map[string]error{"names": nErr, "versions": vErr, "package": pErr, "policy": oErr} {
		var wrong *RepositoryError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: error %v, want a RepositoryError", name, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, wrong.Expected) || !strings.Contains(text, wrong.Found) || wrong.Expected == wrong.Found {
			t.Errorf("%s: %q does not say what was expected and found", name, text)
		}
	}
}

func TestTrustRefusesAnotherName(t *testing.T) {
	trust := Trust{Key: testKey().Public(), Repository: "hexpm"}
	_, pErr := trust.Package(seal(t, samplePackage().Marshal()), "jason")
	trust.Repository = "acme"
	_, oErr := trust.Policy(seal(t, samplePolicy().Marshal()), "lax")
	for found, err := range map[string]error{"plug": pErr, "strict": oErr} {
		var wrong *NameError
		if !errors.As(err, &wrong) || wrong.Found != found || !strings.Contains(err.Error(), wrong.Expected) || !strings.Contains(err.Error(), found) {
			t.Errorf("error %v, want a NameError that found %q", err, found)
		}
	}
}

func TestTrustRefusesWrongSignatures(t *testing.T) {
	payload := samplePackage().Marshal()
	signature, err := testKey().Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(signature)
	flipped[17] ^= 1
	changed := bytes.Clone(payload)
	changed[len(changed)-1] ^= 1
	for name, s := range map[string]Signed{
		"unsigned":        {Payload: payload},
		"bit flipped":     {Payload: payload, Signature: flipped},
		"payload changed": {Payload: changed, Signature: signature},
		"short":           {Payload: payload, Signature: signature[:255]},
		"long":            {Payload: payload, Signature: append(bytes.Clone(signature), 0)},
	} {
		for kind, err := range readers(Trust{Key: testKey().Public(), Repository: "hexpm"}, s.pack()) {
			if !errors.Is(err, ErrSignature) {
				t.Errorf("%s, read as %s: error %v, want ErrSignature", name, kind, err)
			}
		}
	}
	for kind, err := range readers(Trust{Key: HexPM(), Repository: "hexpm"}, seal(t, payload)) {
		if !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), HexPM().Fingerprint()) {
			t.Errorf("another key, read as %s: error %v, want ErrSignature that names the key", kind, err)
		}
	}
}

func TestTrustRefusesWhatIsNoRegistryFile(t *testing.T) {
	valid := seal(t, samplePackage().Marshal())
	for name, file := range map[string][]byte{
		"empty":            nil,
		"a web page":       []byte("<html><body>Blocked by your company</body></html>"),
		"truncated":        valid[:len(valid)/2],
		"header only":      valid[:10],
		"bad CRC":          append(bytes.Clone(valid[:len(valid)-8]), make([]byte, 8)...),
		"trailing bytes":   append(bytes.Clone(valid), 0),
		"two gzip streams": append(bytes.Clone(valid), valid...),
		"gzip twice":       gzipped(t, valid),
		"no payload":       gzipped(t, appendText(nil, 2, "signature")),
		"payload twice":    gzipped(t, appendText(appendText(nil, 1, "a"), 1, "b")),
		"payload a number": gzipped(t, appendNumber(nil, 1, 1)),
		"empty gzip":       gzipped(t, nil),
		"huge":             make([]byte, MaxIndexFile+1),
		"a key":            pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY"}),
	} {
		for kind, err := range readers(Trust{Key: testKey().Public(), Repository: "hexpm"}, file) {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, read as %s: error %v, want ErrMalformed", name, kind, err)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, read as %s: the error has several lines: %q", name, kind, err)
			}
		}
	}
	_, err := Trust{Key: testKey().Public()}.Names([]byte("<html>Blocked</html>"))
	if !strings.Contains(err.Error(), "<html>Blocked") {
		t.Errorf("the error %q does not show how the answer begins", err)
	}
}

func TestOpenCapsThePayload(t *testing.T) {
	const limit = 1 << 20
	fits, bomb := seal(t, make([]byte, limit)), seal(t, make([]byte, 40*limit))
	if len(bomb) > limit/10 {
		t.Fatalf("the bomb has %d bytes: no bomb", len(bomb))
	}
	if _, err := Open(fits, limit); err != nil {
		t.Errorf("a payload of exactly the cap: %v", err)
	}
	for name, file := range map[string][]byte{"one byte more": seal(t, make([]byte, limit+1)), "bomb": bomb} {
		if _, err := Open(file, limit); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", name, err)
		}
	}
}

// A file of one kind, properly signed, must not pass for another.
func TestKindsDoNotMix(t *testing.T) {
	trust := Trust{Key: testKey().Public(), Repository: "hexpm"}
	for kind, err := range readers(trust, seal(t, samplePackage().Marshal())) {
		if (err == nil) != (kind == "package") {
			t.Errorf("a package read as %s: error %v", kind, err)
		}
	}
}

func TestParseChecksum(t *testing.T) {
	const lower = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	for _, s := range []string{lower, strings.ToUpper(lower)} {
		c, err := ParseChecksum(s)
		if err != nil || c.String() != lower || c.IsZero() {
			t.Errorf("%q: %v, %v", s, c, err)
		}
	}
	for _, s := range []string{"", "00", lower + "00", "zz" + lower[2:]} {
		if _, err := ParseChecksum(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
	if !(Checksum{}).IsZero() {
		t.Error("the zero checksum is something")
	}
}
