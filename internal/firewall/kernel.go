package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// patience is how long the kernel may take for a change. It has one ruleset, whose changes wait for each other: while
// somebody loads a hundred thousand rules, nothing else is done.
const patience = 10 * time.Second

const (
	// chunk is how many addresses are in one message: the length of a list is a number of 16 bits.
	chunk = 512
	// room is for the largest change: it is sent at once, and 10,000 addresses are half of this.
	room = 4 << 20
)

// An nft is the kernel's nftables. One goroutine uses it, but for own.
type nft struct {
	space  *os.File       // the network namespace; nil is that of the thread
	conn   *nftables.Conn // nil until the first use, and after an answer that did not come
	socket *netlink.Conn  // below it
	port   atomic.Uint32  // of the socket: its changes are told by it
	// rules are the handles of the rules of tables that we have made: whoever changes a rule changes those.
	rules map[place][]uint64
}

// A place is where a chain is.
type place struct {
	family      family
	table, name string
}

func newNFT(space *os.File) *nft { return &nft{space: space, rules: map[place][]uint64{}} }

// own reports whether a change was made by the port of ours.
func (k *nft) own(port uint32) bool { return port == k.port.Load() }

func (k *nft) open() error {
	if k.conn != nil {
		return nil
	}
	options := []nftables.ConnOption{nftables.AsLasting(), nftables.WithSockOptions(func(c *netlink.Conn) error {
		k.socket = c
		return c.SetWriteBuffer(room)
	})}
	if k.space != nil {
		options = append(options, nftables.WithNetNSFd(int(k.space.Fd())))
	}
	conn, err := nftables.New(options...)
	if err != nil {
		return fmt.Errorf("open nftables: %w", plain(err))
	}
	k.conn = conn
	k.port.Store(k.socket.PID())
	if err = k.socket.SetDeadline(time.Now().Add(patience)); err == nil {
		err = k.possible()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("use nftables: %w", err), k.close())
	}
	return nil
}

func (k *nft) close() error {
	if k.conn == nil {
		return nil
	}
	conn := k.conn
	k.conn, k.socket = nil, nil
	return conn.CloseLasting()
}

// apply takes all steps in one transaction, or none.
func (k *nft) apply(steps []step) error {
	if err := k.open(); err != nil {
		return err
	}
	// The library waits for an answer to each message, and the kernel may have one for all.
	if err := k.socket.SetDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("change nftables: %w", err)
	}
	var err error
	for _, s := range steps {
		err = errors.Join(err, k.put(s))
	}
	if err = errors.Join(err, k.conn.Flush()); err != nil {
		// Whatever else was answered must not be taken for an answer to the next change.
		err = fmt.Errorf("change nftables: %w", plain(errors.Join(err, k.close())))
	}
	for _, s := range steps {
		if s.do == create && err == nil {
			k.remember(s.table)
		}
	}
	return err
}

// possible reports why nothing can be changed here, by a question that a kernel without nftables answers as well.
func (k *nft) possible() error {
	_, err := k.socket.Execute(netlink.Message{
		Header: netlink.Header{Type: ofNFTables(unix.NFT_MSG_GETGEN), Flags: netlink.Request},
		Data:   []byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, 0}, // struct nfgenmsg
	})
	err = plain(err)
	switch err {
	case unix.EOPNOTSUPP, unix.EPROTONOSUPPORT, unix.EINVAL:
		return fmt.Errorf("%w (the kernel has no nf_tables)", err)
	}
	return err
}

// ofNFTables is a type of nftables' messages.
func ofNFTables(t uint16) netlink.HeaderType {
	return netlink.HeaderType(unix.NFNL_SUBSYS_NFTABLES<<8 | t)
}

// plain is the first of several joined errors of the kernel, which are often the same for each message.
func plain(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// put adds a step to what is sent next.
func (k *nft) put(s step) error {
	t := kernelTable(s.table)
	switch s.do {
	case unmake:
		// Deleting what is not there is an error, and adding what is there none.
		k.conn.AddTable(t)
		k.conn.DelTable(t)
		return nil
	case create:
		return k.create(t, s.table)
	}
	of := s.table.find(s.set)
	to := kernelSet(t, of)
	for list := range slices.Chunk(s.elements, chunk) {
		elements := make([]nftables.SetElement, len(list))
		for n, e := range list {
			elements[n] = kernelElement(e, of)
		}
		change := k.conn.SetAddElements
		if s.do == remove {
			change = k.conn.SetDeleteElements
		}
		if err := change(to, elements); err != nil {
			return fmt.Errorf("write elements of set %s: %w", s.set, err)
		}
	}
	return nil
}

// create adds a table without elements.
func (k *nft) create(t *nftables.Table, w shape) error {
	k.conn.AddTable(t)
	for n, s := range w.sets {
		to := kernelSet(t, s)
		// Numbers tell the new sets of a transaction apart. The library's own would be one variable for all.
		to.ID = uint32(n + 1)
		var types []nftables.SetElement
		for _, one := range s.types {
			types = append(types, nftables.SetElement{Key: []byte{one}})
		}
		if err := k.conn.AddSet(to, types); err != nil {
			return fmt.Errorf("write set %s: %w", s.name, err)
		}
	}
	// All chains before any rule: rules go to chains.
	chains := make([]*nftables.Chain, len(w.chains))
	for n, c := range w.chains {
		chains[n] = k.conn.AddChain(kernelChain(t, c))
	}
	for n, c := range w.chains {
		for _, r := range c.rules {
			k.conn.AddRule(&nftables.Rule{Table: t, Chain: chains[n], Exprs: r.expressions(w)})
		}
	}
	return nil
}

func (t shape) find(name string) set {
	return t.sets[slices.IndexFunc(t.sets, func(s set) bool { return s.name == name })]
}

func kernelTable(t shape) *nftables.Table {
	f := nftables.TableFamilyIPv4
	if t.family == ip6 {
		f = nftables.TableFamilyIPv6
	}
	return &nftables.Table{Name: t.name, Family: f}
}

func kernelSet(t *nftables.Table, s set) *nftables.Set {
	addr := nftables.TypeIPAddr
	if t.Family == nftables.TableFamilyIPv6 {
		addr = nftables.TypeIP6Addr
	}
	k := &nftables.Set{Table: t, Name: s.name, KeyType: addr, Constant: s.types != nil, Counter: s.counts}
	with := map[key]nftables.SetDatatype{byLinkName: nftables.TypeIFName, byLinkIndex: nftables.TypeIFIndex,
		byPort: nftables.TypeInetService, byProtocol: nftables.TypeInetProto}
	switch second, two := with[s.key]; {
	case s.key == byMessage:
		k.KeyType = nftables.TypeICMP6Type
	case two:
		// Two types are never too many, the only error there is.
		k.KeyType, _ = nftables.ConcatSetType(addr, second)
	}
	if s.marks {
		k.IsMap, k.DataType, k.Interval, k.Concatenation = true, nftables.TypeMark, true, true
	}
	return k
}

func kernelElement(e element, s set) nftables.SetElement {
	k := nftables.SetElement{Key: []byte(e.key)}
	if s.marks {
		k.KeyEnd, k.Val = []byte(e.last), binary.BigEndian.AppendUint32(nil, e.mark)
	}
	return k
}

// elementOf is an element that the kernel has told of.
func elementOf(k nftables.SetElement, s set) element {
	e := element{key: string(k.Key)}
	if s.marks {
		e.last = e.key
		if len(k.KeyEnd) > 0 {
			e.last = string(k.KeyEnd)
		}
		if len(k.Val) == 4 {
			e.mark = binary.BigEndian.Uint32(k.Val)
		}
	}
	return e
}

func kernelChain(t *nftables.Table, c chain) *nftables.Chain {
	k := &nftables.Chain{Name: c.name, Table: t}
	if c.hook == noHook {
		return k
	}
	k.Type, k.Hooknum = nftables.ChainTypeFilter, nftables.ChainHookInput
	if c.hook == output {
		k.Hooknum = nftables.ChainHookOutput
	}
	k.Priority = nftables.ChainPriorityRef(nftables.ChainPriority(c.priority))
	policy := nftables.ChainPolicyAccept
	k.Policy = &policy
	return k
}

// expressions are a rule in the kernel's words: registers are loaded, and then it is decided. A rule ends at the first
// expression that does not match.
func (r rule) expressions(t shape) []expr.Any {
	const reg = unix.NFT_REG_1 // of 16 bytes: an address; the next one is NFT_REG_2
	addr := &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4}
	if t.family == ip6 {
		addr.Offset, addr.Len = 24, 16
	}
	if r.source {
		addr.Offset -= addr.Len // the source comes before the destination, in either family
	}
	lookup := &expr.Lookup{SourceRegister: reg, SetName: r.set}
	var list []expr.Any
	switch r.match {
	case inSet:
		list = []expr.Any{addr, lookup}
	case onLink:
		list = []expr.Any{addr, &expr.Meta{Key: r.device(), Register: unix.NFT_REG_2}, lookup}
	case isLocal:
		local := allLinkLocal()
		mask := make([]byte, 16)
		mask[0], mask[1] = 0xff, 0xc0 // 10 bits
		list = []expr.Any{addr,
			&expr.Bitwise{SourceRegister: reg, DestRegister: reg, Len: 16, Mask: mask, Xor: make([]byte, 16)},
			&expr.Cmp{Op: expr.CmpOpEq, Register: reg, Data: local.Addr().AsSlice()}}
	case message:
		list = []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: reg},
			&expr.Cmp{Op: expr.CmpOpEq, Register: reg, Data: []byte{unix.IPPROTO_ICMPV6}},
			&expr.Payload{DestRegister: reg, Base: expr.PayloadBaseTransportHeader, Len: 1}, lookup}
	case markByPort, markByProtocol:
		list = r.marking(addr)
	}
	if r.counts {
		list = append(list, &expr.Counter{})
	}
	kinds := [...]expr.VerdictKind{expr.VerdictDrop, expr.VerdictAccept, expr.VerdictGoto, expr.VerdictReturn}
	return append(list, &expr.Verdict{Kind: kinds[r.verdict], Chain: r.to})
}

// marking looks an address up with what stands in the registers behind it, and marks the packet.
func (r rule) marking(addr *expr.Payload) []expr.Any {
	const reg = unix.NFT_REG32_00 // of 4 bytes, the first of NFT_REG_1
	addr.DestRegister = reg
	behind := reg + addr.Len/4
	protocol := &expr.Meta{Key: expr.MetaKeyL4PROTO, Register: behind}
	list := []expr.Any{addr, protocol}
	if r.match == markByPort {
		protocol.Register = reg
		list = []expr.Any{protocol, &expr.Cmp{Op: expr.CmpOpEq, Register: reg, Data: []byte{r.protocol}}, addr,
			// Destination ports stand behind source ports in all of them.
			&expr.Payload{DestRegister: behind, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}}
	}
	return append(list, &expr.Lookup{SourceRegister: reg, SetName: r.set, IsDestRegSet: true, DestRegister: reg},
		// Marks are in the map as on a wire, and turned here: nft reads them so in a map that does not say which way
		// they are, and the library has no word for that.
		&expr.Byteorder{SourceRegister: reg, DestRegister: reg, Op: expr.ByteorderNtoh, Len: 4, Size: 4},
		&expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: reg})
}

// device is what the kernel calls the interface of a packet that a rule asks for.
func (r rule) device() expr.MetaKey {
	switch {
	case r.source && r.byIndex:
		return expr.MetaKeyOIF
	case r.source:
		return expr.MetaKeyOIFNAME
	case r.byIndex:
		return expr.MetaKeyIIF
	}
	return expr.MetaKeyIIFNAME
}

// remember notes the handles of the rules of a table just made. If they cannot be read, the table is taken for
// damaged at the next look.
func (k *nft) remember(t shape) {
	for _, c := range t.chains {
		handles, err := k.handles(t, c)
		if err != nil {
			handles = nil
		}
		k.rules[place{t.family, t.name, c.name}] = handles
	}
}

func (k *nft) handles(t shape, c chain) ([]uint64, error) {
	of := kernelTable(t)
	rules, err := k.conn.GetRules(of, kernelChain(of, c))
	if err != nil {
		return nil, fmt.Errorf("read chain %s: %w", c.name, err)
	}
	handles := make([]uint64, len(rules))
	for n, r := range rules {
		handles[n] = r.Handle
	}
	return handles, nil
}

// intact reports whether tables are as we have made them, with their elements. An error says that this could not be
// read, on a socket that nobody uses any more.
func (k *nft) intact(tables []table) (bool, error) {
	if err := k.open(); err != nil {
		return false, err
	}
	err := k.socket.SetDeadline(time.Now().Add(patience))
	for _, t := range tables {
		var same bool
		if err == nil {
			same, err = k.sameRules(t.shape)
		}
		if err == nil && same {
			same, err = k.sameElements(t)
		}
		switch {
		case err != nil: // whatever else is answered must not be taken for an answer to the next question
			return false, errors.Join(err, k.close())
		case !same:
			return false, nil
		}
	}
	return true, err
}

func (k *nft) sameRules(t shape) (bool, error) {
	for _, c := range t.chains {
		now, err := k.handles(t, c)
		made := k.rules[place{t.family, t.name, c.name}]
		// A chain of ours has rules: without any it is not ours.
		if err != nil || len(now) != len(c.rules) || !slices.Equal(now, made) {
			return false, err
		}
	}
	return true, nil
}

func (k *nft) sameElements(t table) (bool, error) {
	for _, s := range t.sets {
		if s.types != nil {
			continue // constant: nobody can change it while a rule uses it
		}
		want := t.elements[s.name]
		have, err := k.conn.GetSetElements(kernelSet(kernelTable(t.shape), s))
		if err != nil || len(have) != len(want) {
			return false, err
		}
		for _, e := range have {
			if !want[elementOf(e, s)] {
				return false, nil
			}
		}
	}
	return true, nil
}
