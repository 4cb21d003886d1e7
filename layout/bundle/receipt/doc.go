// Package receipt tells the sending side what truly arrived.
//
// A [Receipt] is the signed list of the snapshots that a mirror holds, whole. The next
// bundle is built against it, so that it carries what is missing there and nothing else.
// It is one text file of at most [MaxSize] bytes, small enough for a QR code:
//
//	offmirror receipt 1
//	{"site":"plant-7","time":"…","key":"RW…","ecosystems":[…]}
//	untrusted comment: signature by offmirror, public key RW…
//	…                                  (three more lines of minisign's signature)
//
// The signature is over the first two lines. Stock minisign checks it:
//
//	head -n 2 RECEIPT > list
//	tail -n 4 RECEIPT > list.minisig
//	minisign -Vm list -P RW…
//
// A receipt holds no secrets and no paths of the machine that made it: a name of the site,
// times, names of ecosystems and ids of snapshots.
//
// [Parse] proves that the key in the receipt signed it. Whose key that is the sending side
// remembers from the first receipt of a site on; see [Receivers].
package receipt
