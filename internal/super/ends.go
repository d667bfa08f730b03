package super

import "os"

// ends are the supervisor's ends of what it shares with a role process. Each may be nil.
type ends struct {
	control *os.File
	crash   *os.File // is closed by whoever reads it
	scripts *os.File // the memory of the list of its scripts
	hand    *os.File
}

func (e ends) close() {
	for _, f := range []*os.File{e.control, e.scripts, e.hand} {
		if f != nil {
			_ = f.Close()
		}
	}
}
