package agentx

// A Tree is what there is to see at one moment, in the order of the names.
type Tree interface {
	// Get gives the value of a variable; NoSuchObject or NoSuchInstance when there is none.
	Get(name OID) Value
	// Next gives the first variable in a range, false when there is none.
	Next(r Range) (VarBind, bool)
}

// Bounds of an answer. A request of a few bytes may ask for 65535 variables for each of its names; whoever asks gets
// the first of them, and asks again.
const (
	maxRepeated = 1000    // variables of a GetBulk
	maxAnswer   = 1 << 18 // bytes, roughly
)

// Answer gives the variables that a Get, GetNext or GetBulk asks for.
func Answer(t Tree, p *PDU) ([]VarBind, Error) {
	switch p.Kind {
	case KindGet:
		return each(p.Ranges, func(r Range) VarBind { return VarBind{r.Start, t.Get(r.Start)} })
	case KindGetNext:
		return each(p.Ranges, func(r Range) VarBind { return next(t, r) })
	}
	single := min(int(p.NonRepeaters), len(p.Ranges))
	all, err := each(p.Ranges[:single], func(r Range) VarBind { return next(t, r) })
	if err != NoError || single == len(p.Ranges) {
		return all, err
	}
	return bulk(t, all, append([]Range(nil), p.Ranges[single:]...), int(p.MaxRepetitions)), NoError
}

func each(ranges []Range, value func(Range) VarBind) ([]VarBind, Error) {
	all := make([]VarBind, 0, len(ranges))
	size := 0
	for _, r := range ranges {
		v := value(r)
		if size += v.size(); size > maxAnswer {
			return nil, GenErr
		}
		all = append(all, v)
	}
	return all, NoError
}

// next is the variable that follows, or the end of the view under the name that was asked for.
func next(t Tree, r Range) VarBind {
	if v, is := t.Next(r); is {
		return v
	}
	return VarBind{r.Start, Value{Type: EndOfMIBView}}
}

// bulk goes on from each range as often as is asked for, and changes the ranges.
func bulk(t Tree, all []VarBind, ranges []Range, times int) []VarBind {
	size := 0
	for _, v := range all {
		size += v.size()
	}
	for n := 0; n < times && (n == 0 || len(all)+len(ranges) <= maxRepeated); n++ {
		ended := 0
		row := make([]VarBind, len(ranges))
		for i := range ranges {
			row[i] = next(t, ranges[i])
			size += row[i].size()
			if row[i].Value.Type == EndOfMIBView {
				ended++
				continue
			}
			ranges[i].Start, ranges[i].Include = row[i].Name, false
		}
		if n > 0 && size > maxAnswer {
			break
		}
		all = append(all, row...)
		if ended == len(ranges) {
			break
		}
	}
	return all
}

// size is about how many bytes the variable takes in a PDU.
func (v VarBind) size() int { return 24 + 4*len(v.Name) + len(v.Value.Text) + 4*len(v.Value.OID) }
