package language

import (
	"slices"
	"sync"

	"holdfast/config/syntax"
)

// Table gives the language that Bind reads.
func Table() *Language { return table() }

var table = sync.OnceValue(func() *Language {
	// Many keywords of global_defs are defaults of an instance and have its names behind vrrp_.
	return newLanguage(general{"global_defs", "vrrp_"}, allChapters(), innerRouteChapters())
})

// allChapters are the blocks in the order of the reference.
func allChapters() []chapter { return slices.Concat(vrrpChapters(), serviceChapters()) }

// vrrpChapters are the blocks of all roles and of the vrrp role.
func vrrpChapters() []chapter {
	const instance = "vrrp_instance"
	// Entries of lists that are static have words that those of instances have not, and the reverse.
	entries := func(list string, static bool, rows func(static bool) []Keyword) chapter {
		return chapter{join(list, Entry), func() []Keyword { return rows(static) }}
	}
	return []chapter{
		// First, so that the reference begins with what stands on any line.
		{AnyBlock, preprocessorRows},
		{"", rootRows},
		{"", blockRows},
		// One block may have several chapters; the reference has their rows one behind the other.
		{"global_defs", globalMailRows},
		{"global_defs", globalStartRows},
		{"global_defs", globalHostRows},
		{"global_defs", globalAnnounceRows},
		{"global_defs", globalProtocolRows},
		{"global_defs", globalPipeRows},
		{"global_defs", globalScriptRows},
		{"global_defs", globalProcessRows},
		{"global_defs", globalNameRows},
		{"global_defs", globalBufferRows},
		{"global_defs", globalFilterRows},
		{"global_defs", globalAgentRows},
		{"global_defs", globalFileRows},
		{"track_group", trackGroupRows},
		entries("static_ipaddress", true, addressRows),
		entries("static_routes", true, routeRows),
		entries("static_rules", true, ruleRows),
		{"garp_group", garpGroupRows},
		{"vrrp_sync_group", groupRows},
		{instance, instanceRows},
		{instance, instancePeerRows},
		{instance, instanceModeRows},
		{instance, instanceGARPRows},
		{instance, instanceNotifyRows},
		{instance + "/authentication", authRows},
		entries(instance+"/virtual_ipaddress", false, addressRows),
		{instance, instanceHostRows},
		{instance, instanceWireRows},
		{instance, ownInterfaceRows},
		{instance + "/auth_hmac", hmacRows},
		entries(instance+"/virtual_ipaddress_excluded", false, addressRows),
		entries(instance+"/virtual_routes", false, routeRows),
		entries(instance+"/virtual_rules", false, ruleRows),
		{"vrrp_script", scriptRows},
		{"vrrp_track_process", trackProcessRows},
		{"track_file", trackFileRows},
		// The old name opens a block of its own, so its words need their own path.
		{"vrrp_track_file", trackFileRows},
	}
}

// serviceChapters are the blocks of the checker role, and of BFD, which it shares.
func serviceChapters() []chapter {
	// Everything about checkers stands two blocks deep.
	const real = "virtual_server/real_server"
	chapters := []chapter{
		{"SSL", sslRows},
		{join("virtual_server_group", Entry), serverGroupEntryRows},
		{"virtual_server", serviceRows},
		{"virtual_server", serviceQuorumRows},
		{"virtual_server", serviceCheckRows},
		{"virtual_server", ownServiceRows},
		{real, realServerRows},
		{real, ownServerRows},
		{"bgp", bgpRows},
		{"bgp/neighbor", bgpNeighborRows},
		{real, checkerRows},
	}
	// Each kind of checker brings the chapters of its block, and perhaps of blocks inside it.
	return append(append(chapters, checkChapters(real)...), chapter{"bfd_instance", bfdRows})
}

// Shape is what one call of syntax.Parse needs to know of the language.
func Shape() syntax.Shape { return Table().shape() }
