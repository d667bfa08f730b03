//go:build e2e && nftables

package marks

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A view is what nftables and IPVS have at one moment.
type view struct {
	Nftables []struct {
		Chain *struct {
			Family, Table, Name, Type, Hook, Policy string
			Prio                                    int
		}
		Rule *struct {
			Family, Table, Chain string
			Expr                 json.RawMessage
		}
		Map *struct {
			Family, Table, Name string
			Elem                [][2]json.RawMessage
		}
	}
	services []string // of ipvsadm -Sn
}

func (s *site) view() view {
	s.Helper()
	var v view
	s.must(json.Unmarshal([]byte(s.run(s.director, "nft -s -j list ruleset")), &v))
	v.services = strings.Split(strings.TrimSpace(s.run(s.director, "ipvsadm -Sn")), "\n")
	slices.Sort(v.services)
	return v
}

// looks are all names, marks and priorities.
func (v view) looks() []string {
	list := slices.Clone(v.services)
	for _, o := range v.Nftables {
		switch {
		case o.Chain != nil:
			list = append(list, fmt.Sprintf("%+v", *o.Chain))
		case o.Rule != nil:
			list = append(list, fmt.Sprint(o.Rule.Family, " ", o.Rule.Table, " ", o.Rule.Chain, " ", string(o.Rule.Expr)))
		case o.Map != nil:
			for _, e := range o.Map.Elem {
				list = append(list, fmt.Sprint(o.Map.Family, " ", o.Map.Table, " ", o.Map.Name, " ", string(e[0]), " : ", string(e[1])))
			}
		}
	}
	slices.Sort(list)
	return list
}

// means are each address with the service that its packets get.
func (v view) means() []string {
	served := map[string][]string{} // by family and mark
	for _, line := range v.services {
		family := "ip"
		f := strings.Fields(line)
		if i := slices.Index(f, "-6"); i >= 0 {
			family, f = "ip6", slices.Delete(f, i, i+1)
		}
		if i := slices.Index(f, "-f"); i >= 0 {
			of := family + " " + f[i+1]
			served[of] = append(served[of], strings.Join(slices.Delete(f, i, i+2), " "))
			continue
		}
		served[""] = append(served[""], line)
	}
	list := served[""]
	for _, o := range v.Nftables {
		if o.Map == nil {
			continue
		}
		for _, e := range o.Map.Elem {
			for _, to := range destinations(e[0]) {
				list = append(list, fmt.Sprint(o.Map.Family, " ", o.Map.Name, " ", to, ": ",
					strings.Join(served[o.Map.Family+" "+string(e[1])], ", ")))
			}
		}
	}
	slices.Sort(list)
	return list
}

// destinations are all addresses of an element of a map, with the port.
func destinations(key json.RawMessage) []string {
	var k struct {
		Concat [2]json.RawMessage
		Elem   struct{ Val json.RawMessage } // with a counter
	}
	if json.Unmarshal(key, &k) != nil {
		return []string{string(key)}
	}
	if k.Elem.Val != nil {
		return destinations(k.Elem.Val)
	}
	var r struct {
		Range  [2]netip.Addr
		Prefix struct {
			Addr netip.Addr
			Len  int
		}
	}
	var list []string
	var one netip.Addr
	switch {
	case json.Unmarshal(k.Concat[0], &one) == nil:
		r.Range = [2]netip.Addr{one, one}
	case json.Unmarshal(k.Concat[0], &r) != nil:
		return []string{string(key)}
	case r.Prefix.Addr.IsValid():
		p := netip.PrefixFrom(r.Prefix.Addr, r.Prefix.Len)
		r.Range[0], r.Range[1] = p.Addr(), p.Addr()
		for p.Contains(r.Range[1].Next()) {
			r.Range[1] = r.Range[1].Next()
		}
	}
	for a := r.Range[0]; !r.Range[1].Less(a); a = a.Next() {
		list = append(list, fmt.Sprint(a, " ", string(k.Concat[1])))
	}
	return list
}
