package config

import "path/filepath"

// Place says where the program runs and what it calls itself, so that several can
// run on one host.
type Place struct {
	NetNamespace     string // "" = the one it is started in
	IPVSNamespace    string // net_namespace_ipvs
	IPVSNamespaceSet bool   // given, with or without a name; without one it is that of the start
	NamespaceIPsets  bool
	Instance         string
	UsePIDDir        bool
}

// Suffix is what is put behind names to tell this daemon from others on the host, such as in the log:
// "_NAMESPACE_INSTANCE", "" if it has neither.
func (p Place) Suffix() string {
	s := ""
	for _, part := range []string{p.NetNamespace, p.Instance} {
		if part != "" {
			s += "_" + part
		}
	}
	return s
}

// Where files are that tell of a running daemon (cli 6).
const (
	RunDirectory = "/run"
	PIDDirectory = "/run/keepalived"
)

// RunFile is such a file of this place, whose name elsewhere is name and ext.
func (p Place) RunFile(name, ext string) string {
	if p.Instance != "" {
		name += "_" + p.Instance
	}
	dir := RunDirectory
	if p.UsePIDDir || p.Instance != "" || p.NetNamespace != "" {
		dir = filepath.Join(PIDDirectory, p.NetNamespace)
	}
	return filepath.Join(dir, name+ext)
}
