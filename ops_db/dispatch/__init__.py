"""Who gets a ticket: rules choose the crew and how, a ranking of its technicians says who, with the reasons."""
