package api

import (
	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/state"
)

// positions tells where the objects of a configuration stand.
func positions(c *config.Config) []state.Position {
	all := []state.Position{}
	add := func(kind, name, of string, at syntax.Pos) {
		all = append(all, state.Position{Kind: kind, Name: name, Of: of,
			File: at.File, Line: int(at.Line), Column: int(at.Col)})
	}
	for i := range c.Instances {
		add("vrrp_instance", c.Instances[i].Name, "", c.Instances[i].Pos)
	}
	for i := range c.Groups {
		add("vrrp_sync_group", c.Groups[i].Name, "", c.Groups[i].Pos)
	}
	for i := range c.Scripts {
		add("vrrp_script", c.Scripts[i].Name, "", c.Scripts[i].Pos)
	}
	for i := range c.TrackFiles {
		add("track_file", c.TrackFiles[i].Name, "", c.TrackFiles[i].Pos)
	}
	for i := range c.TrackProcesses {
		add("vrrp_track_process", c.TrackProcesses[i].Name, "", c.TrackProcesses[i].Pos)
	}
	for i := range c.BFDs {
		add("bfd_instance", c.BFDs[i].Name, "", c.BFDs[i].Pos)
	}
	if c.BGP != nil {
		add("bgp", "", "", c.BGP.Pos)
	}
	for i := range c.ServerGroups {
		add("virtual_server_group", c.ServerGroups[i].Name, "", c.ServerGroups[i].Pos)
	}
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		add("virtual_server", v.Name(), "", v.Pos)
		for j := range v.RealServers {
			add("real_server", v.ServerName(&v.RealServers[j]), v.Name(), v.RealServers[j].Pos)
		}
	}
	return all
}
