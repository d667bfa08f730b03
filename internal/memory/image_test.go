package memory

import (
	"os"
	"slices"
	"testing"

	"holdfast/test/lab"
)

// mapped is how much of files is in the memory of this process, in kB.
func mapped(t *testing.T) int {
	kB, err := lab.Memory("RssFile", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return kB
}

func TestDropImage(t *testing.T) {
	if _, err := os.ReadFile("/proc/self/exe"); err != nil { // now it is in the page cache
		t.Fatal(err)
	}
	before := mapped(t)
	if err := dropImage(); err != nil {
		t.Fatal(err)
	}
	after := mapped(t)
	t.Logf("%d kB, then %d kB", before, after)
	if after > before*3/4 {
		t.Errorf("%d kB were mapped, then %d kB", before, after)
	}
}

func TestOnlyRead(t *testing.T) {
	const smaps = `00400000-00976000 r-xp 00000000 fe:00 1234                     /usr/sbin/hold fast (deleted)
Size:               5592 kB
Rss:                3672 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
00976000-00f4f000 r--p 00576000 fe:00 1234                     /usr/sbin/holdfast
Rss:                3940 kB
Anonymous:             0 kB
00f4f000-00fb1000 rw-p 00b4f000 fe:00 1234                     /usr/sbin/holdfast
Rss:                 264 kB
Anonymous:             0 kB
00fb1000-00fb2000 r--p 00b4f000 fe:00 1234                     /usr/sbin/relocated
Rss:                 264 kB
Anonymous:             4 kB
2dd917400000-2dd917c00000 r--p 00000000 00:00 0
Rss:                4936 kB
Anonymous:             0 kB
7ffd1000-7ffd2000 r-xp 00000000 00:00 0                        [vdso]
Rss:                   4 kB
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x976000}, {0x976000, 0xf4f000}}
	if got := onlyRead(smaps); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	if got := onlyRead(""); len(got) != 0 {
		t.Errorf("%x of nothing", got)
	}
}
