package topics

// Score says how well groups that a program made agree with labels that people gave. Both numbers are 1 where the two part the questions alike.
type Score struct {
	// B3 is the B-cubed F1: each question counts once, so that many small topics weigh as much as a few large ones
	// (Bagga and Baldwin, Entity-Based Cross-Document Coreferencing, 1998).
	B3 float64
	// Rand is the adjusted Rand index: 0 is chance (Hubert and Arabie, Comparing Partitions, 1985).
	Rand float64
}

// Compare scores the groups of questions by their labels; both are in the order of the questions.
func Compare(labels []string, groups []int) Score {
	type cell struct {
		label, group int
	}
	var (
		number  = map[string]int{}
		cells   = map[cell]int{}
		byLabel = map[int]int{}
		byGroup = map[int]int{}
	)
	for i, label := range labels {
		n, known := number[label]
		if !known {
			n = len(number)
			number[label] = n
		}
		cells[cell{n, groups[i]}]++
		byLabel[n]++
		byGroup[groups[i]]++
	}
	if len(labels) == 0 {
		return Score{1, 1}
	}
	var precision, recall, together float64
	for c, n := range cells {
		share := float64(n) * float64(n)
		precision += share / float64(byGroup[c.group])
		recall += share / float64(byLabel[c.label])
		together += pairs(n)
	}
	total := float64(len(labels))
	precision, recall = precision/total, recall/total

	var alike, grouped float64
	for _, n := range byLabel {
		alike += pairs(n)
	}
	for _, n := range byGroup {
		grouped += pairs(n)
	}
	chance, most := 0.0, (alike+grouped)/2
	if all := pairs(len(labels)); all > 0 {
		chance = alike * grouped / all
	}
	rand := 1.0
	if most != chance {
		rand = (together - chance) / (most - chance)
	}
	return Score{B3: 2 * precision * recall / (precision + recall), Rand: rand}
}

// pairs counts the pairs of n questions.
func pairs(n int) float64 { return float64(n) * float64(n-1) / 2 }
