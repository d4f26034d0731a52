# Die ersten zwei Personen einer Station.
first-run = Noch ist niemand angemeldet
first-run-why = Bevor die Arbeit beginnen kann, braucht es zwei Sicherheitsadmins: einer fragt, der andere genehmigt. Beide in einem Terminal dieser Station eintragen:
check-again = Erneut prüfen
