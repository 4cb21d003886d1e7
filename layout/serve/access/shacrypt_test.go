package access

import (
	"strings"
	"testing"
)

// Made by "openssl passwd" and glibc's crypt(3).
var crypted = []struct{ password, hash string }{
	{"Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
	{"x", "$5$a$m5PPB7rYZmTs0gzCcO.9R/qmXtGr3g/5s2bl1flV9x2"},
	{"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", "$5$0123456789abcdef$PjisQKb2FeT4TXpEHtMEsfhooNOWy.WqPtn4vLYs.a4"},
	{"pässwörd with a long tail that goes beyond one block of the hash function, twice even, if it is as short as that of SHA-256", "$5$./Zz$ZvDEfydTxiwf3WNmKCpqCn82xtrJ4ht.SC2gUlDYsJ8"},
	{"Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
	{"x", "$6$a$AvQLBHPFSbE4d9QOBrglBdXuv.jRoEFLHgWJlsZ6XhNHrxkMbotj9kAr0GGhdZ5XM6DM29/LJ9jZin3Aj8Tph0"},
	{"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", "$6$0123456789abcdef$A3c.Ts3zgP9uiS.jJfcqxR1qS9gQJ8EMN6SoxqygcTwe0Yhzptibyu0Cnfn87uc8Y7G2TaKZ2kyZVU7FrGdU91"},
	{"pässwörd with a long tail that goes beyond one block of the hash function, twice even, if it is as short as that of SHA-256", "$6$./Zz$JBH46ifUsWLQDotDzm.6qXJaCNTaT2zHOpdUGBiQ6LBjGU/uP.z/pBvx1vG1pPonC/jv/y5Ngmbq4ElMqRXTB."},
	{"Hello world!", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."},
	{"a very much longer text to encrypt.  This one even stretches over morethan one line.", "$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1"},
	{"the minimum number is still observed", "$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX."},
}

func TestSHACrypt(t *testing.T) {
	for _, c := range crypted {
		h, err := parseSHACrypt(c.hash)
		if err != nil {
			t.Errorf("%s: %v", c.hash, err)
			continue
		}
		if !h.matches(c.password) {
			t.Errorf("%q: got %s, want %s", c.password, h.hash(c.password), c.hash)
		}
		for _, other := range []string{"", c.password + "x", c.password[1:], strings.ToUpper(c.password) + "!"} {
			if h.matches(other) {
				t.Errorf("%s is that of %q, too", c.hash, other)
			}
		}
	}
}
