package track

// counter turns single results into a state that needs fall failures in a row to go
// down and rise successes in a row to come up; the first result decides alone
// (semantics 5.5, 5.6). The value runs from 0 to rise+fall-1: up from rise on. A result
// that agrees with the state puts it as far from changing as it can be.
type counter struct {
	rise, fall int
	value      int
	known      bool
}

// newCounter clamps both to at least 1.
func newCounter(rise, fall int) counter {
	return counter{rise: max(rise, 1), fall: max(fall, 1)}
}

// up is the state after the results so far; it means nothing while known is false.
func (c *counter) up() bool { return c.value >= c.rise }

// add takes one result and reports whether the state changed or became known.
func (c *counter) add(ok bool) (changed bool) {
	if !c.known || ok == c.up() {
		changed = !c.known
		c.set(ok)
		return changed
	}
	if ok {
		c.value++
	} else {
		c.value--
	}
	if c.up() != ok {
		return false
	}
	c.set(ok)
	return true
}

// set makes the state ok, as if it had been so for long.
func (c *counter) set(ok bool) {
	c.known = true
	c.value = 0
	if ok {
		c.value = c.rise + c.fall - 1
	}
}
