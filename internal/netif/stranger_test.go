package netif

import (
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// What another process sends to the socket is no answer, although it has the number of the request.
func TestAnswersOfStrangers(t *testing.T) {
	k, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	port, err := k.sock.GetPid()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stranger)
	lie := nl.NewNetlinkRequest(unix.NLMSG_DONE, 0)
	lie.Seq = k.seq + 1
	lie.AddRawData(make([]byte, 4))
	if err := unix.Sendto(stranger, lie.Serialize(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: port}); err != nil {
		t.Fatal(err)
	}
	links, err := k.Links()
	if err != nil || len(links) == 0 {
		t.Errorf("%d interfaces, %v: the word of a stranger was taken for the kernel's", len(links), err)
	}
}
