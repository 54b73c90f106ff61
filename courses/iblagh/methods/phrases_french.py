"""What citizens write in French: templates and words, all invented.

One bullet is one template; ``{a|b}`` is a choice, ``<name>`` a place to fill. Templates of one
kind with one number tell the same scenario in all varieties, number n and n + 10 in two wordings.
See ``grammar``.
"""

PHRASES: dict[str, str] = {
    "fraud": """
- {J'ai reçu|On m'a envoyé} un SMS au nom de la <bank> me demandant de {confirmer|mettre à jour}
  les données de ma carte ; {après la saisie|une fois saisies}, <amount> ont été débités de mon
  compte
- J'ai acheté {un téléphone|un ordinateur|un vélo} sur <market> et envoyé <amount> au vendeur,
  {puis il a coupé son téléphone|puis il a disparu} et je n'ai jamais reçu la marchandise
- Un individu s'est présenté comme employé de la <bank> et m'a demandé le code reçu par SMS ;
  {quelques minutes après|peu après}, <amount> avaient disparu de mon compte
- Une page sur <social> {promettait un contrat de travail|proposait un emploi} à l'étranger
  contre <amount> de frais de dossier ; j'ai payé et {plus personne ne répond|je n'ai jamais
  reçu le contrat}
- J'ai placé <amount> sur une plateforme {de trading|de monnaie numérique} qui promettait des
  gains garantis ; {au moment de retirer mon argent|quand j'ai voulu récupérer mon argent}, ils
  ont exigé de nouveaux frais
- On m'a annoncé {que j'avais gagné un lot|un prix gagné} et demandé de payer <amount> de {frais
  de livraison|frais de dossier} ; j'ai versé l'argent et {rien n'est arrivé|le contact a
  disparu}
- Quelqu'un s'est fait passer pour {mon cousin|un ami} sur <chat> et m'a demandé <amount> en
  urgence ; {j'ai envoyé l'argent|j'ai fait le virement}, c'était un escroc
- J'ai réservé {un appartement|une maison} pour les vacances par une annonce sur <market> et
  versé <amount> d'arrhes ; {sur place|à l'arrivée}, l'annonce était fausse et le vendeur
  injoignable
- {J'ai découvert|J'ai constaté} sur mon relevé des paiements en ligne que je n'ai pas faits,
  <amount> au total, {alors que ma carte est chez moi|sans avoir perdu ma carte}
- J'ai donné <amount> à une {association|collecte} sur <social> pour une opération chirurgicale,
  puis j'ai appris que {la collecte était fausse|le dossier était faux} et que l'argent allait à
  un escroc
- Ma mère a cliqué sur un lien {au nom de|qui disait venir de} la <bank> et saisi son numéro de
  carte, {la nuit même|une heure plus tard} il lui manquait <amount>
- {J'ai commandé|Je voulais} {des chaussures|un téléviseur|un portable} vu sur <market> et viré
  le prix, <amount> ; depuis, le vendeur {ne répond plus|m'a bloqué} et le colis n'est jamais
  venu
- {On m'a téléphoné|Une voix m'a appelé} soi-disant de la <bank> pour protéger mon compte, j'ai
  donné le code reçu et perdu <amount>
- Ma femme a versé <amount> pour un visa et un contrat d'embauche vus sur une page <social> ;
  {la société n'existe pas|la page a fermé}
- {Un courtier|Un jeune} sur <social> m'a convaincu de mettre <amount> dans le trading ; le
  solde montait dans l'application {mais le retrait est bloqué|et il a disparu quand j'ai
  demandé mes gains}
- Un message dit que j'ai gagné une voiture {à la loterie|au tirage} et qu'il faut virer
  <amount> pour la douane ; {le lot n'existe pas|c'était une arnaque}
- Mon père a envoyé <amount> à quelqu'un qui lui écrivait sur <chat> en mon nom, {prétendant
  être dans le besoin|prétendant avoir changé de numéro} ; ce n'était pas moi, c'est une
  escroquerie
- J'ai payé un acompte de <amount> pour louer {une villa|un studio} cet été, trouvé sur <market>
  ; le propriétaire {ne répond plus|a coupé son numéro} et l'adresse est fausse
- Des achats sur un site étranger ont été prélevés sur ma carte pour <amount> {sans mon
  accord|je n'en sais rien}, la banque {refuse de rembourser|me dit de vous signaler cela}
- J'ai viré <amount> à une page <social> qui collecte des dons pour une famille démunie ; {ils
  utilisent de vieilles photos|ils trompent les donateurs}, c'est une escroquerie
""",
    "blackmail": """
- {Un inconnu|Une personne} menace de publier mes photos privées si je ne lui envoie pas
  <amount>
- J'ai fait connaissance {d'une femme|de quelqu'un} sur <social> ; une vidéo privée a été
  enregistrée {à mon insu|sans mon accord} et on me réclame de l'argent pour ne pas l'envoyer à
  ma famille
- {Mon ancien fiancé|Un ancien ami} garde mes photos privées et menace de les envoyer à {mes
  frères|mon père} {si je ne reviens pas|si je me marie}
- {Un inconnu|Quelqu'un} a pris des photos privées de ma famille dans mon compte et me fait
  chanter : {il exige <amount>|il exige de l'argent} pour ne pas les publier
- Je suis victime de chantage {depuis un mois|depuis des semaines} : chaque fois que je paie, il
  menace encore de diffuser la vidéo privée {à mes collègues|au travail}
- {Une collègue|Une amie} subit le chantage d'un homme qui détient ses conversations privées et
  menace de les envoyer à {son mari|ses parents} si elle ne paie pas
- Un compte anonyme m'a envoyé une photo privée tirée du téléphone que j'ai {vendu|perdu} et me
  donne deux jours pour payer <amount>, sinon il la publie
- {Le réparateur de téléphones|L'employé d'un magasin} a trouvé mes photos privées et me fait
  chanter ; il dit qu'il va les publier {dans le groupe du quartier|sur <social>} si je ne lui
  donne pas ce qu'il veut
- Après un appel vidéo, {il m'a dit|on m'a écrit} que tout était enregistré ; on m'a montré la
  liste de mes contacts et on menace de diffuser la vidéo privée si je ne verse pas <amount>
- J'ai reçu un courriel dont {l'auteur prétend|l'auteur affirme} m'avoir filmé avec la caméra de
  mon ordinateur et menace d'envoyer la vidéo privée à mes contacts si je ne paie pas
- Un compte inconnu exige <amount> {sous deux jours|cette semaine}, sinon il montrera mes photos
  personnelles à tout le monde
- Mon frère est victime de chantage : il {a discuté avec une fille|a parlé avec un compte} sur
  <social>, on l'a filmé à son insu et on veut de l'argent pour que l'enregistrement n'arrive
  pas à ses parents
- Depuis {notre séparation|la rupture des fiançailles}, il menace de montrer à {mon père|mes
  frères} les photos intimes restées dans son téléphone
- {Quelqu'un est entré|On s'est introduit} dans le compte de ma femme, a copié ses photos de
  famille et exige <amount> pour ne pas les diffuser
- Je lui ai déjà payé deux fois <amount> et le chantage continue, {il veut plus|il en redemande}
  et menace de montrer l'enregistrement privé à mes collègues
- {On fait chanter|On menace} une parente avec des conversations privées : payer <amount> ou
  voir les copies envoyées à {sa famille|son mari}
- {L'acheteur de mon ancien téléphone|Quelqu'un} y a trouvé des photos privées, il réclame
  <amount> et menace de les diffuser
- J'ai laissé mon téléphone chez un {technicien|dépanneur}, il a copié mes photos privées, me
  menace avec et demande {de l'argent|une contrepartie} pour les effacer
- Pendant un appel en visio sur <chat> on m'a enregistré sans le dire, puis {on m'a envoyé les
  noms de mes proches|on m'a montré mes proches} en menaçant de leur transmettre
  l'enregistrement si je ne paie pas
- Un message dans ma boîte affirme que mon ordinateur est {piraté|surveillé} et qu'ils ont un
  enregistrement privé de moi ; délai pour payer <amount> en cryptomonnaie avant diffusion
""",
    "insult": """
- {Une page|Un compte} sur <social> salit ma réputation et m'accuse {de vol|de trahison} sans
  aucune preuve
- Mon voisin {m'insulte|m'injurie} dans le groupe {de l'immeuble|du quartier} sur <chat> avec
  des mots humiliants devant tous les habitants
- {Un inconnu|Quelqu'un} a créé un compte à mon nom et y publie des commentaires insultants sur
  mes collègues {pour salir ma réputation|pour me nuire}
- Un client a publié {des commentaires mensongers|un avis mensonger} sur {ma boutique|mon
  atelier}, il m'y traite d'escroc {et salit ma réputation|et cela me diffame}
- Je reçois {chaque jour|chaque semaine} des messages d'insultes et de moqueries sur {mon
  physique|mon accent} de la part de comptes {anonymes|faux}
- {Une parente|Ma belle-sœur} a diffusé un enregistrement où elle insulte ma mère et raconte sur
  elle {des mensonges|des choses diffamatoires}
- Des élèves se moquent de {mon fils|ma fille} dans un groupe <chat> et l'insultent avec des
  surnoms humiliants {tous les jours|sans arrêt}
- {Un animateur|Le titulaire d'une chaîne} m'a traité de menteur et de tricheur dans un direct,
  {suivi|accompagné} d'une pluie d'insultes en commentaires
- {Quelqu'un|Un compte anonyme} a monté ma photo sur un dessin moqueur et l'a publiée sur
  <social> avec des propos {humiliants|insultants}
- Un ancien collègue écrit à mes clients, m'insulte et me traite {de menteur et d'incapable|de
  voleur} : c'est de la diffamation
- {Une publication|Un statut} sur <social> me traite de voleur et de traître {devant mes
  connaissances|devant tout le monde}, c'est faux et diffamatoire
- {Une voisine|Un habitant} m'accable d'injures et de mots blessants dans le groupe <chat> de
  l'immeuble {depuis un mois|chaque semaine}
- {Quelqu'un a pris|On a pris} mon nom et ma photo pour un faux compte et insulte les gens avec,
  pour qu'on croie que c'est moi
- Une cliente a écrit que {mon restaurant|mon magasin} trompe les gens et m'a traité
  d'arnaqueur, un mensonge {qui salit ma réputation|qui me diffame}
- {Ma sœur|Ma femme} reçoit des grossièretés, des injures et des moqueries sur {son physique|sa
  façon de parler} de faux comptes
- {Un parent nous diffame|Un parent nous insulte} dans un enregistrement où il injurie {ma
  mère|la famille} et raconte des mensonges
- {Mon fils|Mon neveu} subit moqueries et injures, des surnoms humiliants, de ses camarades de
  classe sur <chat>
- {Dans une vidéo en direct|Sur sa chaîne} quelqu'un m'a traité de menteur et injurié, {et ses
  abonnés ont continué les insultes|en poussant ses abonnés à m'humilier}
- {Ils partagent|On partage} sur <social> ma photo déformée pour se moquer, avec dessous des
  injures et des mots blessants
- {Un concurrent|Un ancien employé} écrit à mes clients que je suis un {voleur|tricheur} et
  m'injurie dans ses messages, ma réputation en souffre
""",
    "violence": """
- {Mon voisin|Un jeune du quartier} m'a envoyé un vocal où il dit qu'il va me frapper {devant
  chez moi|devant mes enfants} à cause {d'une place de parking|d'un terrain}
- Mon frère a été frappé par {deux individus|un groupe} {près du stade|près du souk} ; ils ont
  filmé les coups et publié l'agression sur <social>
- Mon mari me frappe et me violente chaque fois que je demande {la pension|le divorce} ; j'ai un
  certificat médical
- {Un individu me suit|Un homme me poursuit} depuis <social> jusqu'à mon travail et dit qu'il va
  me frapper et me casser {le bras|la voiture} si je ne lui parle pas
- Un ancien associé m'a {écrit|dit} qu'il connaît mon adresse et qu'il enverra quelqu'un pour
  {me frapper|m'agresser}
- {Un gardien|Un client} m'a frappé {à coups de bâton|à coups de poing} après une dispute
  commencée sur <chat> ; {je suis blessé à l'épaule|on m'a conduit aux urgences}
- Mon fils reçoit des {messages|appels} de camarades qui jurent de le {frapper|tabasser} à la
  sortie de l'école
- Des jeunes du quartier {sont venus avec des bâtons|jettent des pierres sur la maison} et
  jurent de frapper ma famille à cause d'une publication sur <social>
- Mon oncle {a frappé mon père|a agressé mon père} dans une dispute d'héritage, l'a blessé, et
  envoie encore des vocaux où il jure de nous frapper
- Après une dispute de circulation, un conducteur {a retrouvé|a découvert} mon compte et jure de
  me frapper et de me casser {les os|la voiture}
- J'ai reçu un vocal {d'un voisin|du fils des voisins} qui jure de me casser la jambe et de me
  frapper pour {une place de voiture|une limite de terrain}
- Mon cousin a été {roué de coups|tabassé} par {trois personnes|une bande}, la vidéo de
  l'agression tourne sur <social>
- Mon mari me bat {devant les enfants|régulièrement} et m'a déjà {cassé la main|blessée}, je
  voudrais une protection contre ces violences
- Un homme {rencontré sur|venu de} <social> me suit partout, il m'a {poussée|giflée} dans la rue
  parce que je refusais de lui parler
- {Un créancier|Un vieil associé} jure sur <chat> d'envoyer quelqu'un me casser les os, {il
  connaît ma maison|il connaît mon chemin}
- Un {client|chauffeur} m'a donné un coup de poing et m'a jeté à terre après une querelle {née
  sur|commencée sur} <chat>, j'ai une dent cassée
- Des {élèves|garçons de sa classe} promettent des coups à mon petit frère après les cours et
  lui envoient des vocaux
- Des jeunes ont attaqué {notre maison|notre porte} à coups de pierres et de bâtons, {puis ils
  ont écrit|ils écrivent} sur <social> qu'ils frapperont mes frères
- Dans une querelle de famille pour l'héritage mon oncle a {poussé ma mère|donné un coup de
  poing à mon frère}, qui est blessé, et jure dans un vocal de tous nous frapper
- {Un automobiliste est descendu|Un automobiliste m'a arrêté} et m'a donné un coup de poing
  après un différend sur la route, puis il m'a {écrit|recontacté} en promettant d'autres coups
""",
    "other": """
- Mon compte <social> a été {piraté|volé} et je n'arrive plus à m'y connecter, {le mot de passe
  a été changé|l'adresse liée a été changée}
- Je voudrais savoir quels documents il faut pour déposer une plainte {en ligne|sur la
  plateforme} {et le délai de traitement|et quel service est compétent}
- Mon téléphone {est devenu lent|ouvre des pages tout seul} depuis que j'ai installé une
  application par un lien, je pense à un virus
- Une rumeur circule dans les groupes <chat> sur {une coupure d'eau|la fermeture des écoles} à
  <town>, c'est une fausse nouvelle
- J'ai vu une connexion à mon courriel depuis {un autre pays|un appareil inconnu}, {j'ai changé
  le mot de passe|je n'arrive plus à changer le mot de passe}
- J'ai envoyé un signalement sur la plateforme {il y a deux semaines|le mois dernier} sans
  recevoir de numéro de suivi, {comment savoir où il en est|je voudrais savoir où il en est}
- Une page imite le site officiel {de la commune|de la faculté} et publie de fausses nouvelles
  sur {les rendez-vous|les inscriptions}, personne n'a subi de dommage à ma connaissance
- J'ai perdu {ma carte SIM|la puce de mon téléphone} et je voudrais vérifier que personne
  {n'utilise mon numéro|n'a ouvert un compte avec mon numéro}
- Sur mon ordinateur s'affiche {une fenêtre|un message} qui annonce un virus {et ne se ferme
  plus|et propose un programme}, je n'ai cliqué sur aucun lien
- J'ai découvert que {mon numéro|mon adresse} est enregistré dans un compte <social> que je n'ai
  pas ouvert, je voudrais {le supprimer|le fermer}
- Impossible {d'entrer dans|d'ouvrir} ma page <social>, quelqu'un l'a prise {et a changé le code
  secret|et a changé les informations}, il n'a rien demandé
- {Comment déposer|Où déposer} une plainte sur la plateforme et quelles pièces fournir {pour
  cela|pour un mineur} ?
- Mon ordinateur est devenu {très lent|bizarre} après l'installation d'un programme, {je
  soupçonne un virus|l'antivirus m'alerte}
- {J'ai entendu|J'ai lu} sur <chat> une nouvelle sur {une route fermée|un manque de médicaments}
  à <town>, c'était une rumeur mensongère
- Ma messagerie me signale une tentative {d'accès|de connexion} depuis un appareil étranger,
  {que dois-je faire|je crains pour mon mot de passe}
- Je n'ai {reçu aucune réponse|aucune nouvelle} d'un signalement déposé avant sur la plateforme,
  le numéro de suivi {ne marche pas|est perdu}
- {Je vous signale|Attention à} un faux site qui ressemble à celui {de la préfecture|de l'école}
  et répand des rumeurs sur {l'examen|le concours}
- La puce de mon téléphone {s'est coupée|ne marche plus} soudain, je crains qu'un autre {en ait
  tiré une copie|utilise mon numéro}
- {Je vois surgir|Il s'ouvre} une publicité dans le navigateur qui annonce un virus et propose
  un programme {de nettoyage|de protection}, est-ce malveillant ?
- Il y a un compte <social> {au nom de ma société|à mon ancienne adresse} que je n'ai pas créé,
  {comment le fermer|je veux le fermer}
""",
    "urgent": """
- {Venez tout de suite|Intervenez maintenant} : il est devant la porte avec un couteau et dit
  qu'il va nous tuer cette nuit
- {Ma sœur|Mon amie} vient d'écrire qu'elle ne veut plus vivre et s'est enfermée dans sa
  chambre, {on craint pour sa vie|sa vie est en danger}
- Il a écrit {à l'instant|il y a cinq minutes} qu'il est en route vers la maison pour la tuer,
  {elle est seule avec les enfants|personne n'est avec elle}
- {Mon frère|Mon fils} a laissé aujourd'hui une lettre d'adieu et son téléphone est éteint, on
  craint qu'il se fasse du mal {cette nuit|maintenant}
- Il la retient enfermée {à la maison|dans une chambre} depuis ce matin et jure de la tuer {si
  elle appelle|avant ce soir}
- {Son ami|Sa femme} me dit qu'il veut mettre fin à ses jours maintenant et il ne répond plus,
  {sauvez-le|faites vite}
- Il lui a laissé jusqu'à {ce soir|la tombée de la nuit} puis il viendra avec son arme le tuer,
  {on vient de le voir près de la maison|il est maintenant dans le quartier}
- {Ma vie est en danger maintenant|Je suis en danger maintenant} : il casse la porte de la
  chambre et jure de me tuer {cette nuit|avant votre arrivée}
- {Ma collègue|Ma voisine} dit qu'elle va se suicider aujourd'hui et ne répond plus depuis une
  heure, {faites vite|on craint pour sa vie}
- {Je me suis réfugiée sur le toit|Je suis cachée dans la salle de bain} et il me cherche
  maintenant avec un couteau, {sauvez-moi|faites vite}
- {Faites vite s'il vous plaît|Au secours}, {mon ex-mari|mon voisin} force la porte avec une
  arme et jure de nous tuer maintenant
- {Ma fille|Ma sœur} m'écrit maintenant qu'elle est lasse de vivre, elle s'est enfermée dans sa
  chambre et ne répond plus, {sa vie est en danger|sauvez-la}
- {Il nous dit|Il nous écrit} qu'il va chez elle maintenant et qu'il la tuera cette nuit, {elle
  ne le sait pas|elle est seule à la maison}
- {Un collègue|Mon ami} nous a dit adieu par message à l'instant, il ne vivra pas jusqu'à
  demain, {on ne sait pas où il est maintenant|son téléphone est éteint}
- {Notre voisine est enfermée|Ma sœur est enfermée} chez son mari maintenant, on l'entend crier,
  il a juré de la tuer {cette nuit|aujourd'hui}
- {Son père|Son ami} dit qu'il pense à se faire du mal cette nuit, {faites vite|sa vie est en
  danger}
- {Des hommes l'attendent|Quelqu'un l'attend} maintenant près de chez lui avec des couteaux et
  jure de le tuer {aujourd'hui|avant ce soir}
- {Je suis coincée|Nous sommes coincés} maintenant dans une chambre et il est derrière avec un
  couteau, {il va nous tuer|il dit qu'il va nous tuer}, faites vite
- {Mon voisin|Mon cousin} vient d'écrire sur <social> qu'il va en finir avec la vie cette nuit,
  {sauvez-le|il est seul chez lui}
- {Elle se cache|Je me cache} maintenant d'un homme avec un couteau qui la cherche pour la tuer,
  {sauvez-nous|nous sommes en danger}
""",
    "calm": """
- J'ai failli mourir de {honte|colère} en l'apprenant
- Il avait déjà menacé de me tuer il y a {deux|trois} ans, il a été condamné et je ne l'ai pas
  revu depuis
- Cette affaire me tue {à petit feu|à force d'y penser}, mais je ne suis pas en danger
- De ma vie je n'ai vu une chose pareille, {et j'ai soixante ans|j'ai pourtant l'habitude}
- Aujourd'hui tout est fini et je suis en sécurité avec {ma famille|mes parents}
- Il disait « je vais te tuer » {pour rire|dans le jeu} et tout le monde riait
- La police est venue {la semaine dernière|ce jour-là}, elle a saisi le couteau et le danger est
  passé
- Merci de me répondre {ce soir|aujourd'hui} si possible car je pars demain
- Ma sœur était {malade|fatiguée} l'an dernier, elle va bien maintenant et a éteint son
  téléphone {pour se reposer|simplement}
- {Je suis maintenant devant la porte|J'ai attendu devant la porte} de l'agence et personne ne
  m'ouvre
- {J'étais mort|J'ai failli mourir} de rire au début, puis j'ai compris
- {Il avait juré de me tuer|Il m'avait menacé d'une arme} l'an dernier, il est aujourd'hui en
  prison et je ne crains rien
- {Y penser|L'attente} me tue chaque nuit, c'est tout
- {Toute ma vie|De toute ma vie} j'ai fait confiance aux gens
- {Je ne suis pas en danger|Aucun danger} maintenant, je veux seulement déclarer les faits
- {Mon neveu|Mon fils} crie « je vais te tuer » dans ses jeux, mais il plaisante
- {La police est passée|Les gendarmes sont passés} ce jour-là et ont pris l'arme, tout s'est
  terminé par une conciliation
- {Je veux une réponse maintenant|Répondez-moi aujourd'hui} s'il vous plaît, l'agence ferme ce
  soir
- {Mon oncle est mort|Mon grand-père est mort} cette année, sans rapport avec l'affaire, la
  famille va bien
- {Je me suis enfermé dans ma chambre|Je me suis assis seul} pour vous écrire ce signalement au
  calme
""",
    "open": """
- Bonjour,
- Madame, Monsieur,
- Bonsoir,
- À qui de droit,
- Bonjour à vous,
- Bonjour, {je suis|je m'appelle} <name>,
""",
    "rest": """
- Cela s'est passé <when>
- J'habite à <town>
- J'ai des captures d'écran {et tous les messages|de la conversation}
- Mon numéro est le <phone>
- Mon courriel est <mail>
- Ma carte d'identité porte le numéro <idno>
- {Je vous prie de m'aider|Merci de m'aider}
- Je ne connais pas son vrai nom, son numéro est <suspect>
- {J'en ai parlé à ma famille|Je n'en ai parlé à personne}
- Je suis prêt à me présenter quand vous voudrez
- C'est la première fois que je vous écris
- Le compte en question s'appelle <handle>
- Vous pouvez m'appeler {le soir|en fin de journée}
- Merci {beaucoup|pour votre travail}
- Voici le numéro de ma carte bancaire si besoin <card>
- Le numéro du dossier à l'agence est {le|bien} <order>
""",
    "bank": """
- Banque Snaoubar
- Banque Thouraya
- Banque Khouzama
""",
    "market": """
- le site Souqna
- un site d'occasion
- l'application Bidaa
""",
    "social": """
- Houmti
- Najma
- le réseau Liqaa
""",
    "chat": """
- Zajel
- la messagerie
- Hmam
""",
    "when": """
- lundi
- hier
- il y a trois jours
- au début du mois
- samedi soir
""",
    "cur": """
- DH
- dirhams
""",
}
