package announcer

import (
	"errors"
	"net/netip"
	"slices"
)

// This file is how what is shown stays when another process goes on. Addresses stay because that one confirms them, and
// routes because it has the device.

// A Former is what a Keeper knows.
type Former struct {
	Places  []FormerPlace // that are shown
	Device  string        // the one that routes lead into, "" for none
	Index   int           // of it
	Repairs uint64
	Said    string // the problems that were logged last
}

// A FormerPlace is a place as the kernel knows it.
type FormerPlace struct {
	Prefix netip.Prefix
	Index  int    // of the interface of an address, 0 for a route
	Table  uint32 // of the route
	Metric uint32
}

// HandOver has the Keeper stand still and gives what another one goes on from, with the descriptor of the device if
// there is one. What is shown stays for as long as an address is set.
func (k *Keeper) HandOver() (f Former, fds []int) {
	k.turn.Lock()
	w := k.work
	switch {
	case w == nil && k.former != nil: // it has not begun yet
		return *k.former, k.files()
	case w == nil || w.kernel == nil:
		return f, nil
	}
	for at := range w.mine {
		f.Places = append(f.Places, FormerPlace{at.prefix, at.index, at.table, at.metric})
	}
	slices.SortFunc(f.Places, func(a, b FormerPlace) int { return a.Prefix.Compare(b.Prefix) })
	f.Repairs, f.Said = w.repairs, w.said
	name, index, fd := w.kernel.Lend()
	if fd < 0 {
		return f, nil
	}
	f.Device, f.Index = name, index
	return f, []int{fd}
}

// Resume has a Keeper go on that has handed over.
func (k *Keeper) Resume() { k.turn.Unlock() }

// Succeed has the Keeper go on from what another one has handed over, and closes the descriptors when they are not
// needed any more. It is to be called before the first Set.
func (k *Keeper) Succeed(f Former, fds []int) error {
	switch {
	case f.Device != "" && len(fds) == 1:
		k.device = fds[0]
	case f.Device != "":
		return errors.New("the device for what is announced was not handed over")
	case len(f.Places) == 0: // nothing is shown
		return nil
	}
	k.former = &f
	return nil
}

// files are the descriptors that the Keeper has to go on with.
func (k *Keeper) files() []int {
	if k.former.Device == "" {
		return nil
	}
	return []int{k.device}
}

// inherit has the work go on from that of another process.
func (w *work) inherit(f *Former, device int) {
	for _, p := range f.Places {
		w.mine[place{prefix: p.Prefix, index: p.Index, table: p.Table, metric: p.Metric}] = true
	}
	w.repairs, w.said = f.Repairs, f.Said
	if f.Device == "" && len(f.Places) == 0 {
		return
	}
	kernel, err := w.open()
	if err != nil { // the device goes, and is made anew
		w.log.Warn("Announcing: " + err.Error())
		return
	}
	w.kernel = kernel
	if f.Device != "" {
		kernel.Adopt(f.Device, f.Index, device)
	}
}
