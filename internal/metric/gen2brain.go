package metric

// Gen2brain is the word for the names of gen2brain/keepalived_exporter (--metrics-compat). Their counters of instances
// have the state as a label, so each transition begins new series: they are there for boards that were made with them.
const Gen2brain = "gen2brain"

// LVSNumbers are what it tells of virtual and real servers, by the ends of the names.
func LVSNumbers() []string {
	return []string{"in_packets", "out_packets", "in_bytes", "out_bytes", "conn"}
}

// How names of virtual and of real servers begin there.
const (
	LVSVirtual = "keepalived_lvs_vip_"
	LVSReal    = "keepalived_lvs_rs_"
)

// OfGen2brain are those families.
func OfGen2brain() (all []Family) {
	for _, c := range AdoptedCounters() {
		all = append(all, Family{c.Other, Counter, c.Help, []string{"name", "intf", "vrid", "state"}, "vrrp"})
	}
	for n, end := range LVSNumbers() {
		what := [...]string{"Packets from clients", "Packets to clients", "Bytes from clients", "Bytes to clients",
			"Connections"}[n]
		virtual, real := []string{"addr", "proto"}, []string{"vip", "addr", "proto"}
		all = append(all, Family{LVSVirtual + end, Counter, what + " of the virtual server.", virtual, "checker"},
			Family{LVSReal + end, Counter, what + " of the real server.", real, "checker"})
	}
	return all
}
