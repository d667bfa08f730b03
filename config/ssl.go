package config

import "holdfast/config/syntax"

// SSL is the SSL block: what checks over TLS show of themselves and whom they trust. Files
// are paths, "" for none.
type SSL struct {
	Password    string // of the key
	CA          string
	Certificate string
	Key         string
	// Unverified: certificates are not verified although there is a CA, as by keepalived.
	Unverified bool

	// Contents are the files, once they were read: not by who reads a configuration, but by who runs it.
	Contents SSLContents
	Pos      syntax.Pos
}

// SSLContents are the files of an SSL block, as PEM; "" for one that is not named.
type SSLContents struct {
	CA          string
	Certificate string
	Key         string // not encrypted any more
}

// Given reports whether the block says anything.
func (s SSL) Given() bool {
	return s.Password != "" || s.CA != "" || s.Certificate != "" || s.Key != "" || s.Unverified
}

// UsesSSL reports whether there is a checker that needs what the SSL block says.
func (c *Config) UsesSSL() bool { return c.HasChecker((*Checker).OverTLS) }

// HasChecker reports whether one of the checkers is such a one.
func (c *Config) HasChecker(such func(*Checker) bool) bool {
	for i := range c.VirtualServers {
		for j := range c.VirtualServers[i].RealServers {
			for k := range c.VirtualServers[i].RealServers[j].Checkers {
				if such(&c.VirtualServers[i].RealServers[j].Checkers[k]) {
					return true
				}
			}
		}
	}
	return false
}
