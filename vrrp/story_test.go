package vrrp

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/internal/golden"
	"holdfast/vrrp/wire"
)

// epoch is time zero of every test.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// TestStories plays every testdata/*.story: commands at the beginning of a line, what
// the core does about them indented below. The files are named after the
// fact of docs/behaviour/semantics.md they show; those of the RFC stand in lines "shows R39" and "refuses R58".
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories (%v)", err)
	}
	for _, file := range files {
		t.Run("Semantics"+strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := play(string(want))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			golden.Equal(t, file, got)
		})
	}
}

// A stage is a Core with the setup being written and a clock.
type stage struct {
	core    *Core
	now     time.Time
	setup   Setup
	names   map[ID]string
	made    map[string][]string // interfaces made for addresses, by instance
	adverts map[string][]string // that of them for adverts
	wall    time.Duration       // how far the host's clock is ahead of the time
	out     strings.Builder
}

func play(story string) (string, error) {
	s := &stage{core: New(), now: epoch}
	scan := bufio.NewScanner(strings.NewReader(story))
	for n := 1; scan.Scan(); n++ {
		line := scan.Text()
		if strings.HasPrefix(line, "  ") {
			continue // what happened last time
		}
		s.out.WriteString(line + "\n")
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		s.core.Clock(s.now, s.now.Add(s.wall))
		if err := s.command(words[0], words[1:]); err != nil {
			return "", fmt.Errorf("line %d: %s: %w", n, line, err)
		}
	}
	return s.out.String(), scan.Err()
}

func (s *stage) command(word string, args []string) error {
	switch word {
	case "instance":
		return s.instance(args)
	case "drop":
		for i, in := range s.setup.Instances {
			if in.Name == args[0] {
				s.setup.Instances = append(append([]config.Instance{}, s.setup.Instances[:i]...), s.setup.Instances[i+1:]...)
				return nil
			}
		}
		return fmt.Errorf("no such instance")
	case "group":
		return s.group(args)
	case "global":
		return s.global(args)
	case "link":
		return s.link(args)
	case "configure", "reload":
		setup := s.setup
		setup.Instances = append([]config.Instance{}, setup.Instances...)
		setup.Groups = append([]config.SyncGroup{}, setup.Groups...)
		s.names = namesOf(s.core, setup)
		setup.Places = s.places()
		s.print(s.core.Configure(s.now, setup))
		s.setup.Values = nil
	case "track":
		id, value, err := s.tracked(args)
		if err == nil {
			s.print(s.core.Track(s.now, id, value))
		}
		return err
	case "value": // is known when it is configured next
		id, value, err := s.tracked(args)
		s.setup.Values = map[TrackedID]int{id: value}
		return err
	case "recv":
		return s.recv(args)
	case "clock": // of the host is so far ahead from here on
		d, err := time.ParseDuration(args[0])
		s.wall = d
		return err
	case "at":
		return s.at(args[0])
	case "stall": // to this time without waking up
		d, err := time.ParseDuration(args[0])
		s.now = epoch.Add(d)
		return err
	case "wake":
		s.print(s.core.Expire(s.now))
	case "obstacles", "tried":
		return s.obstacles(word, args)
	case "devices":
		s.made = made(args[0])
		s.adverts = nil
		if len(args) > 1 {
			s.adverts = made(args[1])
		}
		s.core.SetPlaces(s.places())
	case "override": // ACTION KIND [NAME]; no action ends it
		return s.override(args)
	case "stop":
		s.print(s.core.Stop(s.now))
	case "shows", "refuses": // facts of internal/conformance
		for _, number := range args {
			if !conformance.Known(number) {
				return fmt.Errorf("%s is no fact", number)
			}
		}
	case "status":
		s.status()
	default:
		return fmt.Errorf("unknown command")
	}
	return nil
}

// tracked is `chk ok`, or `file:level 3`.
func (s *stage) tracked(args []string) (id TrackedID, value int, err error) {
	what := Tracked{config.TrackedScript, args[0]}
	if kind, name, given := strings.Cut(args[0], ":"); given {
		what.Name = name
		for what.Kind = 0; what.Kind.String() != kind; what.Kind++ {
			if what.Kind == config.TrackedBFD {
				return 0, 0, fmt.Errorf("no kind %s", kind)
			}
		}
	}
	switch args[1] {
	case "ok":
		value = 1
	case "fail":
	default:
		value, err = strconv.Atoi(args[1])
	}
	return s.core.IdentifyTracked(what), value, err
}

// obstacles is `obstacles VI_1 no-right refused=10.0.0.100/24@eth0 no-socket=eth0`
// (partly= is refused= of one with other addresses); without any they are gone.
func (s *stage) obstacles(word string, args []string) error {
	var list []Obstacle
	for _, a := range args[1:] {
		kind, what, _ := strings.Cut(a, "=")
		prefix, dev, _ := strings.Cut(what, "@")
		switch kind {
		case "no-right":
			list = append(list, Obstacle{Kind: NoRight, Cause: "operation not permitted"})
		case "no-socket":
			list = append(list, Obstacle{Kind: NoSocket, Device: what, Cause: "too many open files"})
		case "no-source":
			src := netip.MustParseAddr(what)
			list = append(list, Obstacle{Kind: NoSource, Address: netip.PrefixFrom(src, src.BitLen())})
		case "refused", "partly":
			list = append(list, Obstacle{Kind: Refused, Address: netip.MustParsePrefix(prefix), Device: dev,
				Partial: kind == "partly", Cause: "invalid argument"})
		default:
			return fmt.Errorf("unknown obstacle %s", kind)
		}
	}
	if word == "tried" {
		s.print(s.core.Tried(s.now, s.router(args[0]), list))
	} else {
		s.print(s.core.Obstruct(s.now, s.router(args[0]), list))
	}
	return nil
}

// at runs every timer until then.
func (s *stage) at(when string) error {
	d, err := time.ParseDuration(when)
	if err != nil {
		return err
	}
	s.runTo(epoch.Add(d))
	return nil
}

func (s *stage) runTo(end time.Time) {
	for {
		next, ok := s.core.Next()
		if !ok || next.After(end) {
			s.now = end
			return
		}
		s.now = next
		s.print(s.core.Expire(next))
	}
}

// baseInstance has the defaults that Bind would give it.
func baseInstance(name string) config.Instance {
	return config.Instance{
		Name: name, Interface: "eth0", VRID: 51, Version: 2, Priority: 100, AdvertInt: time.Second,
		DownTimerAdverts: 3, UnicastTTL: 255, Accept: true,
		GARPDelay: 5 * time.Second, GARPRepeat: 5, GARPRefreshRepeat: 1,
		GARPLowerPrioDelay: 5 * time.Second, GARPLowerPrioRepeat: 5,
		VIPs: []config.Address{{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Dev: "eth0"}},
	}
}

func (s *stage) instance(args []string) error {
	name := args[0]
	for i := range s.setup.Instances {
		if s.setup.Instances[i].Name == name {
			return assignAll(&s.setup.Instances[i], args[1:])
		}
	}
	in := baseInstance(name)
	if err := assignAll(&in, args[1:]); err != nil {
		return err
	}
	s.setup.Instances = append(s.setup.Instances, in)
	return nil
}

func (s *stage) group(args []string) error {
	if len(args) == 0 { // begin anew
		s.setup.Groups = nil
		return nil
	}
	g := config.SyncGroup{Name: args[0]}
	for _, a := range args[1:] {
		if !strings.Contains(a, "=") {
			g.Members = append(g.Members, a)
		} else if err := assign(&g, a); err != nil {
			return err
		}
	}
	s.setup.Groups = append(s.setup.Groups, g)
	return nil
}

func assignAll(to any, args []string) error {
	for _, a := range args {
		if err := assign(to, a); err != nil {
			return err
		}
	}
	return nil
}

// global sets fields of the setup; interfaces that the engine made are "Devices=VI_1:vrrp4.51", and the one
// of them for the adverts is "Adverts=VI_1:vrrp.51".
func (s *stage) global(args []string) error {
	for _, a := range args {
		if list, is := strings.CutPrefix(a, "Devices="); is {
			s.made = made(list)
		} else if list, is := strings.CutPrefix(a, "Adverts="); is {
			s.adverts = made(list)
		} else if err := assign(&s.setup, a); err != nil {
			return err
		}
	}
	return nil
}

// made is what stands behind an instance's name and a colon.
func made(text string) map[string][]string {
	name, list, _ := strings.Cut(text, ":")
	return map[string][]string{name: strings.Split(list, ",")}
}

func (s *stage) places() map[ID]Place {
	places := map[ID]Place{}
	for name, list := range s.made {
		places[s.router(name)] = Place{Devices: list}
	}
	for name, list := range s.adverts {
		p := places[s.router(name)]
		p.Adverts = list[0]
		places[s.router(name)] = p
	}
	return places
}

// router is the ID that an instance of the setup has or will have.
func (s *stage) router(name string) ID {
	for i, id := range s.core.Identify(s.setup.Instances) {
		if s.setup.Instances[i].Name == name {
			return id
		}
	}
	return 0
}

// assign sets one field, "Name=value" or, for a bool, "Name".
func assign(to any, arg string) error {
	name, value, given := strings.Cut(arg, "=")
	f := reflect.ValueOf(to).Elem()
	if kind, is := trackKind(name); is {
		return assignTracks(f.FieldByName("Tracks").Addr().Interface().(*config.Tracks), kind, value)
	}
	for part := range strings.SplitSeq(name, ".") {
		f = f.FieldByName(part)
		if !f.IsValid() {
			return fmt.Errorf("no field %s", name)
		}
	}
	switch p := f.Addr().Interface().(type) {
	case *bool:
		*p = !given || value == "true"
	case *string:
		*p = value
	case *uint8:
		n, err := strconv.ParseUint(value, 10, 8)
		*p = uint8(n)
		return err
	case *int:
		n, err := strconv.Atoi(value)
		*p = n
		return err
	case *time.Duration:
		d, err := time.ParseDuration(value)
		*p = d
		return err
	case *netip.Addr:
		if value == "" {
			*p = netip.Addr{}
			return nil
		}
		a, err := netip.ParseAddr(value)
		*p = a
		return err
	default:
		return assignList(p, value)
	}
	return nil
}

func assignList(to any, value string) error {
	switch p := to.(type) {
	case *config.Auth:
		*p = map[string]config.Auth{"pass": config.AuthPass, "AH": config.AuthAH}[value]
	case *uint32:
		n, err := strconv.ParseUint(value, 10, 32)
		*p = uint32(n)
		return err
	case *config.HMACMode:
		*p = map[string]config.HMACMode{"permissive": config.HMACPermissive, "receive-only": config.HMACReceiveOnly}[value]
	case *config.AntiReplay:
		*p = map[string]config.AntiReplay{"monotonic": config.ReplayMonotonic}[value]
	case *[]config.HMACKey:
		*p = nil
		for v := range strings.SplitSeq(value, ",") {
			id, text, _ := strings.Cut(v, ":")
			n, err := strconv.Atoi(id)
			if err != nil {
				return err
			}
			*p = append(*p, config.HMACKey{ID: uint8(n), Text: text})
		}
	case *config.UnicastChecksum:
		*p = map[string]config.UnicastChecksum{"old": config.ChecksumOld, "never": config.ChecksumNew}[value]
	case *[8]byte:
		copy(p[:], value)
	case *[]config.Address:
		*p = nil
		for v := range strings.SplitSeq(value, ",") {
			if v == "" {
				continue
			}
			prefix, dev, given := strings.Cut(v, "@")
			pfx, err := netip.ParsePrefix(prefix)
			if err != nil {
				return err
			}
			*p = append(*p, config.Address{Prefix: pfx, Dev: dev, DevGiven: given})
		}
	case *[]netip.Addr:
		for v := range strings.SplitSeq(value, ",") {
			a, err := netip.ParseAddr(v)
			if err != nil {
				return err
			}
			*p = append(*p, a)
		}
	case *[]config.Peer:
		*p = nil
		if value == "" {
			return nil
		}
		for v := range strings.SplitSeq(value, ",") {
			peer := config.Peer{MaxTTL: 255}
			addr, ttl, given := strings.Cut(v, "@")
			peer.Addr = netip.MustParseAddr(addr)
			if given {
				if _, err := fmt.Sscanf(ttl, "%d-%d", &peer.MinTTL, &peer.MaxTTL); err != nil {
					return err
				}
			}
			*p = append(*p, peer)
		}
	default:
		return fmt.Errorf("cannot set a %T", to)
	}
	return nil
}

// trackKind is the kind of objects that a word like TrackScripts sets.
func trackKind(word string) (config.TrackKind, bool) {
	i := slices.Index([]string{"TrackInterfaces", "TrackScripts", "TrackFiles", "TrackProcesses", "TrackBFDs"}, word)
	return config.TrackKind(max(i, 0)), i >= 0
}

// assignTracks replaces the trackers of a kind: "chk:-5r,other".
func assignTracks(to *config.Tracks, kind config.TrackKind, value string) error {
	*to = slices.DeleteFunc(slices.Clone(*to), func(t config.Track) bool { return t.Kind == kind })
	if value == "" {
		return nil
	}
	for v := range strings.SplitSeq(value, ",") {
		name, weight, _ := strings.Cut(v, ":")
		t := config.Track{Kind: kind, Name: name}
		weight, t.Reverse = strings.CutSuffix(weight, "r")
		if weight != "" {
			n, err := strconv.Atoi(weight)
			if err != nil {
				return err
			}
			t.Weight = n
		}
		*to = append(*to, t)
	}
	return nil
}

func (s *stage) link(args []string) error {
	l := Link{Name: args[0], Index: 2, Exists: true, Up: true, Multicast: true, MTU: 1500}
	if args[0] == "eth0" {
		l.Addr4 = netip.MustParseAddr("10.0.0.1")
	}
	if err := assignAll(&l, args[1:]); err != nil {
		return err
	}
	if l.Addr4.IsValid() && l.Addrs == nil {
		l.Addrs = []netip.Addr{l.Addr4}
	}
	s.print(s.core.Link(s.now, l))
	return nil
}

// A recipe is a packet to be received, right in everything that is not said.
type recipe struct {
	VRID, Prio, Version, TTL, Type uint8
	Int                            time.Duration
	Src, Dst                       netip.Addr
	Auth                           int
	Pass                           string
	VIPs                           []config.Address
	BadSum, Cut, OldSum, Bare      bool
	Iface                          string
	AH                             uint32 // sequence number of an authentication header; the password is Key
	Key                            string
	// Sign is the number of the key that signs, Key that key, and Ahead how far the sender's clock is ahead.
	Sign  uint8
	Ahead time.Duration
}

func (s *stage) recv(args []string) error {
	r := recipe{
		VRID: 51, Prio: 100, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0",
		Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(),
		VIPs: baseInstance("").VIPs,
	}
	if err := assignAll(&r, args); err != nil {
		return err
	}
	d, err := r.datagram()
	if err != nil {
		return err
	}
	if r.Sign != 0 {
		r.sign(&d, s.now)
	}
	s.print(s.core.Receive(s.now, d))
	return nil
}

func (r recipe) datagram() (Datagram, error) {
	a := wire.Advert{Version: r.Version, VRID: r.VRID, Priority: r.Prio, Interval: r.Int, Auth: wire.AuthType(r.Auth)}
	copy(a.AuthData[:], r.Pass)
	for _, v := range r.VIPs {
		a.Addrs = append(a.Addrs, v.Prefix.Addr())
	}
	path := wire.Path{Src: r.Src, Dst: r.Dst, Bare: r.Bare}
	if r.Src.Is6() && r.Dst == wire.Group4() {
		path.Dst, r.Dst = wire.Group6(), wire.Group6()
	}
	if r.OldSum {
		path.Dst = wire.Group4()
	}
	b, err := wire.Append(nil, a, path)
	if err != nil {
		return Datagram{}, err
	}
	b[0] = b[0]&0xf0 | r.Type
	if r.BadSum {
		b[7] ^= 1
	}
	if r.Cut {
		b = b[:len(b)-3]
	}
	d := Datagram{
		Interface: r.Iface, Src: r.Src, Dst: r.Dst, TTL: r.TTL,
		HeaderLen: 20, TotalLength: 20 + len(b), Payload: b,
	}
	if r.AH != 0 {
		r.sealAH(&d)
	}
	return d, nil
}

// sign puts a trailer behind the advert in a datagram.
func (r recipe) sign(d *Datagram, now time.Time) {
	k := wire.NewKeyring([]wire.Key{{ID: r.Sign, Secret: []byte(r.Key)}})
	d.Payload = k.Sign(nil, d.Src, d.Dst, d.Payload, r.Sign, uint64(now.Add(r.Ahead).UnixMicro()))
	if d.TotalLength > 0 {
		d.TotalLength += wire.TrailerLen
	}
}

// sealAH puts an authentication header before the advert in a datagram.
func (r recipe) sealAH(d *Datagram) {
	var password [8]byte
	copy(password[:], r.Key)
	h := wire.Header4{Src: r.Src, Dst: r.Dst, TTL: r.TTL, Protocol: wire.AHProtocol, ID: 1}
	whole := wire.NewAHKey(password).Seal(nil, h, r.AH, d.Payload)
	d.TotalLength = 20 + len(whole)
	d.Header = h.Append(nil, len(whole))
	d.AH, d.Payload, _ = wire.SplitAH(whole)
}

func (s *stage) print(o Output) {
	for _, l := range lines(o, s.names) {
		fmt.Fprintf(&s.out, "  %.3f %s\n", s.now.Sub(epoch).Seconds(), l)
	}
}

// namesOf are the names of the virtual routers of a Core, those of a setup that comes next first.
func namesOf(c *Core, next Setup) map[ID]string {
	names := map[ID]string{}
	for _, st := range c.Status() {
		names[st.Router] = st.Config.Name
	}
	for i, id := range c.Identify(next.Instances) {
		names[id] = next.Instances[i].Name
	}
	return names
}

// lines are an output as stories show it, plane by plane.
func lines(o Output, names map[ID]string) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, t := range o.Send {
		all = append(all, describe(t, names[t.Router]))
	}
	for _, v := range o.Addresses {
		if v.Try {
			add("try %s", names[v.Router])
		} else {
			add("vips %s %s", names[v.Router], map[bool]string{true: "on", false: "off"}[v.On])
		}
	}
	for _, a := range o.Announce {
		if a.Which == AnnounceSource {
			add("garp %s x%d of %s", names[a.Router], a.Repeat, a.Source)
		} else {
			add("garp %s x%d%s", names[a.Router], a.Repeat, [...]string{"", " of the new", " on other VMACs", " on other interfaces"}[a.Which])
		}
	}
	for _, l := range o.Log {
		add("log %s", l.Text)
	}
	for _, n := range o.Notify {
		kind := "INSTANCE"
		if n.Group != 0 {
			kind = "GROUP"
		}
		add("notify %s %q %s %d%s", kind, n.Name, n.State, n.Priority, map[bool]string{true: " again"}[n.Repeated]+peerOf(n))
	}
	for _, c := range o.Changes {
		add("change %s", c.Text)
	}
	return all
}

// peerOf is the other master, if a notification tells of one.
func peerOf(n Notify) string {
	switch n.State {
	case NotifyTwoMasters:
		return fmt.Sprintf(" beside %s %d", n.Peer, n.PeerPriority)
	case NotifyTwoMastersOver, NotifyGaveWay:
		return fmt.Sprintf(" beside %s %d for %s", n.Peer, n.PeerPriority, n.Lasted)
	}
	return ""
}

func describe(t Transmit, name string) string {
	sealed := ""
	if t.AH {
		ah, message, ok := wire.SplitAH(t.Payload)
		if !ok || len(ah) != wire.AHLen {
			return "send something else"
		}
		sealed = fmt.Sprintf(", AH %d", binary.BigEndian.Uint32(ah[8:]))
		t.Payload = message
	}
	adv, err := wire.Decode(t.Payload, !t.Src.Is4(), nil)
	if err != nil {
		return "send " + err.Error()
	}
	if n := len(t.Payload) - messageLen(adv); n == wire.TrailerLen {
		trailer := t.Payload[len(t.Payload)-n:]
		t.Payload = t.Payload[:len(t.Payload)-n]
		stamp := time.UnixMicro(int64(binary.BigEndian.Uint64(trailer[4:])))
		sealed = fmt.Sprintf(", key %d at %.6f", trailer[1], stamp.Sub(epoch).Seconds())
	}
	return fmt.Sprintf("send %s v%d prio %d every %s, %s -> %s, %d addresses%s%s",
		name, adv.Version, adv.Priority, adv.Interval, t.Src, t.Dst, len(adv.Addrs), checksumKind(t), sealed)
}

// messageLen is the length of an advert without what is around it.
func messageLen(a wire.Advert) int {
	n := wire.HeaderLen
	for _, addr := range a.Addrs {
		n += addr.BitLen() / 8
	}
	if a.Version == 2 && (len(a.Addrs) == 0 || a.Addrs[0].Is4()) {
		n += wire.AuthLen
	}
	return n
}

// checksumKind says which checksum a packet has, unless it is the one that the RFC asks for.
func checksumKind(a Transmit) string {
	p := wire.Packet{Src: a.Src, Dst: a.Dst, TTL: 255, Payload: a.Payload}
	e := wire.Expect{Version: a.Payload[0] >> 4, Unicast: !a.Dst.IsMulticast(), OldChecksum: true}
	if e.Version == 2 {
		e.Interval = time.Duration(a.Payload[5]) * time.Second
		if e.Auth = wire.AuthType(a.Payload[4]); e.Auth == wire.AuthAH {
			return "" // its checksum is that of any other of version 2
		}
		copy(e.Password[:], a.Payload[len(a.Payload)-wire.AuthLen:])
	}
	_, v := wire.Check(p, e, nil)
	if v.Old {
		return ", old checksum"
	}
	if v.Reason == wire.BadChecksum {
		e.Bare = true
		if _, v = wire.Check(p, e, nil); v.Reason == wire.Accepted {
			return ", checksum as v2"
		}
	}
	if v.Reason != wire.Accepted {
		return ", WRONG: " + v.Text()
	}
	return ""
}

func (s *stage) status() {
	for _, st := range s.core.Status() {
		fmt.Fprintf(&s.out, "  %.3f %s %s prio %d, master %s prio %d every %s, vips %v%s\n",
			s.now.Sub(epoch).Seconds(), st.Config.Name, st.State, st.EffectivePriority,
			st.MasterAddr, st.MasterPriority, st.MasterAdvertInt, st.VIPsWanted, countsAndFaults(st))
	}
}

func countsAndFaults(st Status) string {
	var b strings.Builder
	v := reflect.ValueOf(st.Counters)
	for i := range v.NumField() {
		if n := v.Field(i).Uint(); n > 0 {
			fmt.Fprintf(&b, ", %s %d", v.Type().Field(i).Name, n)
		}
	}
	for _, f := range st.Faults {
		fmt.Fprintf(&b, "; %s", f)
	}
	for _, r := range st.Rivals {
		fmt.Fprintf(&b, "; other master %s prio %d: adverts %d, episodes %d, gave way %d", r.Addr, r.Priority, r.Adverts, r.Episodes, r.GaveWay)
	}
	return b.String()
}
