package synth

import "github.com/go-json-experiment/json/jsontext"

// word is a text as it stands in a JSON string, without the quotes.
type word []byte

// words makes words of texts.
func words(texts ...string) []word {
	out := make([]word, len(texts))
	for i, text := range texts {
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			panic(err) // a text below is no UTF-8
		}
		out[i] = quoted[1 : len(quoted)-1]
	}
	return out
}

// What plans speak of. None of it is anyone's.
var (
	places = words(
		"Riverside Clinic", "Oak Street Imaging", "Main Street Dental", "Lakeview Medical Center", "St. Brigid's Hospital",
		"Praxis Dr. Müller", "Clínica São José", "Centre médical de l'Étoile", "Høyland Legesenter", "東京中央病院",
		"Πολυκλινική Αθηνών", "מרפאת הכרמל", "عيادة النور", "Поликлиника №7", "Przychodnia Żoliborz", "Maplewood Care Home",
		"Ünal Diş Kliniği", "Bệnh viện An Bình", "O'Connor & Sons Pharmacy", "Sunrise \"Walk-in\" Lab",
	)
	rooms = words(
		"room 4", "room 12B", "2nd floor", "front desk", "building C, east wing", "3. OG links", "étage 1", "sala 7", "3階", "gate «B»",
	)
	doctors = words(
		"Dr. Patel", "Dr. Núñez", "Dr. O'Brien", "Dr. Müller", "Dr. Łukasiewicz", "Dr. Nguyễn", "佐藤先生", "Dr. Çelik",
		"Dr. Østergaard", "Dr. Adébáyò", "Dr. Ivanova", "Nurse Kim", "Dr. de la Cruz", "Dr. Haddad", "Dr. Weiß",
	)
	visits = words(
		"Cardiology follow-up", "Blood test", "Physiotherapy", "Dental cleaning", "Eye examination", "Appointment confirmation",
		"MRI scan", "Hörtest", "眼科検診", "Control de tensión", "Vaccination 💉", "Podiatry", "Medication review",
		"Home visit (care worker)", "Memory clinic", "Hearing aid fitting", "Kiné à domicile", "Physio / hydrotherapy",
	)
	notes = words(
		"", "Bring the referral letter", "Fasting from 20:00 the evening before", "Ask about the new tablets 💊",
		"Parking: level −2, ticket at the desk", "Take the walker\nand the reading glasses", "Ask: \"statins, yes or no?\"",
		"Versichertenkarte nicht vergessen", "Apporter la carte Vitale", "保険証を持参", "Wheelchair taxi is booked for 9:15",
		"Call Aunt Zoë afterwards – she worries", "Path C:\\scans\\2026 on the USB stick", "Results take ≈ 3 days",
		"Grandma prefers mornings 🌅", "If she is tired, reschedule; no drama",
	)
	payees = words(
		"labs", "hospital", "pharmacy", "dental", "imaging?ref=a%2Fb&lang=en", "home-care", "krankenkasse/rechnung", "ambulance", "optician", "m%C3%BCller",
	)
	people = []person{
		{"Alex", "Morgan"},
		{"Zoë", "Fischer"},
		{"José", "García"},
		{"Amélie", "Dubois"},
		{"Noor", "Haddad"},
		{"Sam", "O'Brien"},
		{"Yuki", "Satō"},
		{"Łucja", "Nowak"},
		{"Ada", "Okafor"},
		{"Björn", "Ångström"},
		{"Minh", "Nguyễn"},
		{"Irina", "Petrova"},
	}
	calendars = words(
		"primary", "family7c2e@group.calendar.google.com", "care.plan@group.calendar.google.com",
	)
	syncErrors = words("quotaExceeded: Calendar usage limits exceeded.", "410: the event was deleted")
)

// person is somebody who shares a plan.
type person struct{ first, last string }

// zones are time zones without summer time, so that an offset is right on every day.
var zones = []struct{ name, offset string }{
	{"UTC", "+00:00"},
	{"America/Phoenix", "-07:00"},
	{"America/Bogota", "-05:00"},
	{"America/Sao_Paulo", "-03:00"},
	{"Africa/Lagos", "+01:00"},
	{"Africa/Nairobi", "+03:00"},
	{"Asia/Kolkata", "+05:30"},
	{"Asia/Kathmandu", "+05:45"},
	{"Asia/Tokyo", "+09:00"},
	{"Australia/Brisbane", "+10:00"},
	{"Pacific/Marquesas", "-09:30"},
	{"Pacific/Kiritimati", "+14:00"},
}
