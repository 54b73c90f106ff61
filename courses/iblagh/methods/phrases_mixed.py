"""What citizens write in Darija and French mixed: templates and words, all invented.

One bullet is one template; ``{a|b}`` is a choice, ``<name>`` a place to fill. Templates of one
kind with one number tell the same scenario in all varieties, number n and n + 10 in two wordings.
See ``grammar``.
"""

PHRASES: dict[str, str] = {
    "fraud": """
- {وصلني SMS|جاني SMS} باسم <bank> باش ندير la confirmation ديال la carte bancaire، {عمرت le
  formulaire|دخلت les données} و débitaw ليا <amount>
- Chrit {un téléphone|un pc} f <market>, j'ai envoyé <amount> l le vendeur, w men be3d {il m'a
  bloqué|sedd tilifoun} w ma wselni walo
- واحد عيط ليا قال agent ديال <bank> وطلب مني le code ديال SMS، {من بعد|شوية} لقيت <amount>
  retirés من le compte ديالي
- Une page f <social> 9alo lia kayn contrat de travail {à l'étranger|f lkharij}, payit <amount>
  frais de dossier w {plus de réponse|ghebro}
- درت un placement ديال <amount> ف منصة ديال trading، {ملي بغيت نجبد|ملي طلبت le retrait} قالو
  ليا خاصك تزيد تخلص les frais
- Ils m'ont dit rbe7ti {un cadeau|un prix}, khassek tkhelless <amount> {frais de livraison|la
  douane}, sifet lflous w {rien reçu|ma wsel walo}
- واحد دار راسو mon cousin ف <chat> وقال ليا c'est urgent سلفني <amount>، {صيفطت ليه|درت le
  virement} وطلع escroc
- Krit un appartement {pour les vacances|f lb7er} men une annonce f <market>, 3tit <amount>
  avance, w melli wselna {l'annonce fausse|ma l9ina 7ed}
- لقيت ف le relevé ديال la banque des paiements en ligne ما درتهمش، <amount> au total، {و la
  carte عندي|و la carte ما ضاعتش}
- J'ai donné <amount> l wa7d {l'association|la cagnotte} f <social> 3la 9bel une opération, w
  men be3d 3reft {c'est une arnaque|belli nesb}
- الواليدة كليكات على un lien {باسم|كيقول من} <bank> وكتبات le numéro de carte، {la nuit même|من
  بعد ساعة} خرجو ليها <amount>
- {Commandit|Tlebt} {des chaussures|une télé} f <market> w virit le prix <amount>, depuis le
  vendeur {ma kayreddch|mblokini} w le colis ma jach
- {تصل بيا|هضر معايا} واحد soi-disant من <bank> باش يحميو le compte ديالي، عطيتو le code reçu
  ومشاو <amount>
- Ma femme khellsat <amount> 3la un visa w contrat d'embauche f une page <social>, {la société
  ma kaynach|seddo la page}
- {un courtier|واحد الدري} ف <social> قنعني ندير <amount> ف le trading، le solde كيطلع {ولكن le
  retrait bloqué|وملي طلبت les gains غبر}
- Jani message belli gagnit {f la loterie|f le tirage} une voiture w khassni nvirer <amount> la
  douane, {c'est faux|ghir arnaque}
- mon père صيفط <amount> لواحد هضر معاه ف <chat> en mon nom وقال ليه راني {dans le besoin|بدلت
  le numéro}، ماشي أنا، arnaque
- 3tit un acompte <amount> 3la {une villa|un studio} f <market> had l'été, le propriétaire {ma
  b9ach kayredd|coupa le numéro} w l'adresse fausse
- تخلصو من la carte ديالي des achats ف un site étranger ب <amount> {sans mon accord|بلا خباري}،
  و la banque {refuse rembourser|قالت بلغ عندكم}
- Virit <amount> l une page <social> katjme3 les dons l une famille, {des vieilles
  photos|kaddabin 3la les donateurs}, hadchi arnaque
""",
    "blackmail": """
- واحد كيهددني باش يدير la publication ديال les photos privées ديالي إلا {ما صيفطتش|ما خلصتش}
  <amount>
- T3erreft 3la {une fille|quelqu'un} f <social>, w sejjel lia une vidéo privée {sans mon
  accord|bla khbari}, daba kaytleb l'argent bach ma ysiftouch l ma famille
- {mon ex|خطيبي القديم} باقين عندو mes photos privées وكيقول ليا غادي نصيفطهم {لخوتك|à ton père}
  إلا ما رجعتيش
- Chi 7ed dkhel l mon compte w khda des photos privées dyal la famille, kay3mel lia du chantage
  {w baghi <amount>|w baghi l'argent} bach ma ypublihomch
- هادي {un mois|شهر} وأنا كنخلص واحد داير ليا chantage، كل مرة كيقول غادي نفضحك {au travail|ف
  الخدمة} ب la vidéo privée
- {Ma copine|Ma cousine} wa7ed dayer liha chantage b des conversations privées w kayhedded
  ysifethom {l son mari|l lfamille} ila ma khellsatch
- بعت le téléphone ديالي ودابا واحد صيفط ليا une photo privée كانت فيه وعطاني {48 heures|يومين}
  نخلص <amount> ولا ينشرها
- Le réparateur dyal les téléphones l9a mes photos privées w kaybtezzni, 9al ghadi ypublihom {f
  le groupe|f <social>} ila ma 3titoch li bgha
- من بعد un appel vidéo {قال ليا|كتب ليا} راه مسجلني وعندو la liste ديال mes contacts، كيهدد
  ينشر la vidéo privée إلا ما خلصتش <amount>
- Jani un mail kay9oul belli {il m'a filmé|sewwerni} b la caméra dyal pc w kayhedded ysifet la
  vidéo privée l mes contacts ila ma khellestch
- Wa7d le compte inconnu baghi <amount> {f deux jours|cette semaine}, sinon ywerri mes photos
  personnelles l nnas
- خويا طاح ف chantage: {هضر مع une fille|تشاطا مع un compte} ف <social> وصوروه à son insu، باغين
  l'argent باش l'enregistrement ما يوصلش لدارهم
- Depuis {la séparation|fsekhna les fiançailles} wella kayheddedni ywerri {l mon père|l khouti}
  les photos intimes li b9aw 3endo
- {دخلو|تسللو} ل le compte ديال ma femme وخداو ليها les photos de famille، شارطين <amount> باش
  ما ينشروهمش
- Khellesto <amount> deux fois w le chantage mazal, {baghi plus|kaytleb encore} w kayhedded
  ywerri l'enregistrement privé l les collègues
- كيهددو وحدة من la famille ب {des conversations|محادثات} privées: يا تخلص <amount> يا يصيفطو
  les copies {ل son mari|لدارهم}
- {Li chra mon ancien téléphone|Wa7ed} l9a fih des photos privées, baghi <amount> wla yfde7ni
  bihom
- خليت le téléphone عند {un technicien|واحد كيصلح} ونسخ les photos privées، ولى كيهددني بيهم
  وكيطلب {l'argent|الفلوس} باش يمسحهم
- F un appel vidéo f <chat> enregistrawni bla khbari, {sifto lia les noms dyal mes proches|jabo
  mes proches} w kayheddo ysifto l'enregistrement ila ma khellestch
- message ف le mail كيقول le pc ديالي {piraté|مراقب} وعندهم enregistrement privé ديالي، délai
  باش نخلص <amount> ب crypto ولا ينشروه
""",
    "insult": """
- كاين {un compte|une page} ف <social> كيشوه la réputation ديالي وكيقول علي {voleur|شفار} بلا
  حتى preuve
- Mon voisin kaysebbni f le groupe dyal {l'immeuble|le quartier} f <chat>, des insultes {devant
  tout le monde|9eddam nnas}
- دارو faux compte بسميتي وكيكتبو بيه des commentaires خايبين ومعاير على {les collègues|صحابي}
  باش يشوهو la réputation ديالي
- Wa7d le client kteb {des mensonges|un avis kollo kdoub} 3la ma boutique, semmani escroc w
  khesser lia la réputation
- كل نهار كيجيوني des messages كلهم insultes ومعاير على {mon physique|اللهجة ديالي} من des faux
  comptes
- {Ma belle-sœur|nsibti} daret un audio katsebb fih maman w kat9oul 3liha {des mensonges|ghir
  kdoub}, c'est de la diffamation
- les élèves كيضحكو على {mon fils|بنتي} ف <chat> وكيعايروه des surnoms خايبين {tous les jours|كل
  نهار}
- Wa7ed f un live 9al 3liya menteur w kanghech nnas, w men be3d {que des insultes|ghir sebban} f
  les commentaires
- {un compte|شي حد} خدا ma photo ودار بيها moquerie ف <social> مع هضرة خايبة كلها insultes
- Un ancien collègue kaykteb l mes clients, kaysebbni w kay9oul 3liya {menteur|voleur}, hadchi
  diffamation
- {Une publication|Un statut} f <social> katsebbni w kat9oul 3liya voleur w traître {devant tout
  le monde|9eddam kolchi}, diffamation
- {une voisine|جارة} كتعايرني وكتقول ليا des mots blessants ف le groupe ديال <chat> {depuis un
  mois|كل سيمانة}
- {Wa7ed khda|Khdaw} mon nom w ma photo w dar faux compte, kayinsulti bih nnas bach yban ana
- وحدة la cliente كتبات بلي {mon restaurant|المحل ديالي} كيغش الناس وسماتني arnaqueur، mensonge
  شوه ليا la réputation
- {Ma sœur|Mrati} kayjiha des injures w d7ek 3la {son physique|hderetha} men de faux comptes
- واحد من la famille شوهنا ف un enregistrement كيعاير فيه {maman|العائلة} وكيحكي des mensonges
- {Mon neveu|Weldi} kayde7ko 3lih les camarades f <chat> w kaysebbouh des surnoms humiliants
- {ف une vidéo en direct|ف sa chaîne} سماني menteur وسبني، و ses abonnés زادو {les
  insultes|بالمعيور}
- {Kaypartagew|Partagaw} ma photo déformée f <social> l d7ek, w te7tha des injures w klam khayeb
- واحد {concurrent|ancien employé} كيكتب ل mes clients بلي أنا {voleur|غشاش} وكيسبني، خسر ليا la
  réputation
""",
    "violence": """
- جاري صيفط ليا un vocal كيقول غادي يضربني {devant la maison|قدام ولادي} على قبل {le parking|le
  terrain}
- Khouya derbouh {un groupe|jouj} 7da {le stade|lmarché}, filmaw l'agression w 7etto la vidéo
  dyal derb f <social>
- mon mari كيضربني ودار ليا la violence كل ما طلبت {le divorce|la pension}، عندي certificat
  médical
- Wa7ed kaytbe3ni men <social> 7etta l le travail, kay9oul ghadi yderbni w ycassé lia {le
  bras|la voiture} ila ma hdertch m3ah
- mon ancien associé كتب ليا راه عارف l'adresse ديالي وغادي يصيفط اللي {يضربني|يسلخني}
- {Le gardien|Un client} selkhni b {le bâton|des coups de poing} men be3d une dispute f <chat>,
  ddawni l les urgences
- mon fils كيوصلوه {des messages|des appels} كيحلفو عليه يضربوه {à la sortie|ف باب المدرسة}
- Derari dyal le quartier {b des bâtons|kayderbo la maison b l7jer} w kay7elfo yderbo ma famille
  3la une publication f <social>
- mon oncle ضرب با ف {une dispute|صداع} ديال l'héritage وجرحو، وباقي كيصيفط des vocaux كيحلف
  فيهم علينا بالضرب
- Men be3d une dispute f la route, wa7d le conducteur l9a mon compte w kay7lef ghadi yderbni w
  ycassé lia {la voiture|3dami}
- Wselni un vocal men {le voisin|weld jiran} kay7lef ycassé lia la jambe w yselkhni 3la {la
  place de voiture|le terrain}
- mon cousin {كلاها عصا|ضربوه} من عند {une bande|تلاتة}، و la vidéo ديال l'agression كتدور ف
  <social>
- Mon mari kaynzel 3liya b derb {devant les enfants|régulièrement} w déjà {cassa lia la
  main|jre7ni}, bghit protection
- واحد {عرفتو ف|من} <social> تابعني partout، {دفعني|صرفقني} ف la rue حيت ما بغيتش نهضر معاه
- {Un créancier|Chrik 9dim} kay7lef f <chat> ysifet lia li ycassé lia les os, {3aref ma
  maison|3aref l'adresse}
- {un client|un chauffeur} عطاني un coup de poing وطيحني من بعد une querelle ف <chat>، هرس ليا
  une dent
- Les {élèves|camarades} kay7elfo 3la mon petit frère yderbouh après les cours, sifto lih des
  vocaux
- des jeunes هجمو على {notre maison|باب دارنا} بالحجر و des bâtons، وكتبو ف <social> غادي يضربو
  mes frères
- F une querelle de famille 3la l'héritage mon oncle {dfe3 maman|3ta l khouya coup de poing},
  blessé, w 7lef 3lina kamlin f un vocal
- {un automobiliste|وقفني un chauffeur} نزل وضربني un coup de poing من بعد صداع ف la route،
  وكيحلف يعاود يضربني
""",
    "other": """
- تهاكا ليا le compte ديال <social> و ما بقيتش قادر ندخل ليه، بدلو {le mot de passe|l'email}
- Bghit n3ref {les documents|lwra9} li khassni bach ndepose une plainte {en ligne|f la
  plateforme} w ch7al katakhod
- التيليفون ديالي {ولى lent|كيحل des pages بوحدو} ملي طلعت une application من un lien، كنظن فيه
  virus
- Kaydour f les groupes <chat> belli {coupure d'eau|les écoles ghadi yseddo} f <town>, c'est une
  rumeur, fausse nouvelle
- شفت une connexion ل l'email ديالي من {un autre pays|appareil ما كنعرفوش} و ما بقيتش قادر نبدل
  le mot de passe
- Sifet likom un signalement f la plateforme {hadi deux semaines|le mois dernier} w ma 3tawni
  7etta numéro de suivi, {bghit n3ref fin wsel|kifach nsuivih}
- كاينة page مقلدة le site officiel ديال {la commune|la fac} وكتحط des fausses nouvelles على
  {les rendez-vous|التسجيل}
- Da3et lia {la puce|carte SIM} w bghit nvérifie wach chi 7ed {khdam b mon numéro|7ell un compte
  b mon numéro}
- كتطلع ليا ف le pc {une fenêtre|un message} كتقول فيه virus و ما كليكيت على حتى lien
- L9it {mon numéro|mon adresse} msejel f un compte <social> ma 7ellitouch ana, bghit nsupprimih
- Impossible {ndkhol|n7ell} ma page f <social>, chi 7ed cheddha w beddel {le code secret|les
  informations}, ma tleb walo
- {كيفاش ندير|فين ندير} une plainte ف la plateforme وشنو les pièces {اللي خاص|لقاصر}؟
- Mon ordinateur wella {très lent|kaykhdem bou7do} men be3d l'installation dyal un programme,
  kanchekk f {virus|un virus}
- {سمعت|قريت} ف <chat> على {route fermée|les médicaments تسالاو} ف <town> وطلعات rumeur كذوب
- Jani f la messagerie belli chi 7ed 7awel {l'accès|yconnecti} men un appareil étranger, {chno
  ndir|khayef 3la le mot de passe}
- ما وصلني حتى réponse على le signalement اللي درت ف la plateforme، و le numéro de suivi {ne
  marche pas|تلف ليا}
- {Attention kayn|Rah kayn} un faux site b7al dyal {la préfecture|l'école} fih des rumeurs 3la
  {l'examen|le concours}
- la puce ديال le téléphone {وقفات|coupée} فجأة وخايف un autre {خرج copie|خدام ب mon numéro}
- {Kaytle3 lia|Kayban lia} une publicité f le navigateur kat9oul 3endek virus w telle3 programme
  {nettoyage|protection}, wach malveillant?
- كاين un compte ف <social> {باسم ma société|ب mon ancienne adresse} ما درتوش أنا، {comment
  fermer|بغيتو يتسد}
""",
    "urgent": """
- {vite عافاكم|عتقونا دابا}: راه devant la porte وهاز couteau وكيقول غادي يقتلنا cette nuit
- {Ma sœur|Ma copine} ketbat daba belli elle ne veut plus vivre w seddat 3liha la chambre,
  {khayfin 3la 7yatha|sa vie en danger}
- صيفط دابا بلي جاي en route للدار باش يقتلها، {وهي seule مع الدراري|وما معاها حد}
- {Mon frère|Mon fils} khella lettre d'adieu lyouma, téléphone éteint, khayfin {ydir chi 7aja f
  raso|yse faire du mal} cette nuit
- سادها عليها ف {la chambre|الدار} من الصباح وكيحلف حتى يقتلها {avant ce soir|إلا عيطات}
- {Son ami 9al lia|Sa femme 9alet lia} belli baghi il mette fin à ses jours daba w ma
  kayjawebch, {faites vite|zerbo}
- عطاه حتى ce soir ومن بعد غادي يجي ب son arme يقتلو، {وراه دابا ف le quartier|وشفناه دابا حدا
  الدار}
- {Ma vie f danger daba|Rani en danger daba}: kaycassé la porte w kay7lef 7etta y9telni {cette
  nuit|9bel ma tjiw}
- {ma voisine|ma collègue} كتقول غادي تنتحر aujourd'hui وهادي une heure ما كتجاوبش، {faites
  vite|زربو}
- {Tkhebbit f la salle de bain|Hrebt l le toit} w howa kay9elleb 3liya b le couteau daba, {vite
  3afakom|3et9ouni}
- {Faites vite 3afakom|Au secours}, {mon ex|jari} kayherres la porte w hazz une arme w kay7lef
  y9telna maintenant
- {ma fille|ختي} كتبات ليا maintenant بلي عيات من la vie وسدات عليها la chambre وما كتجاوبش، {sa
  vie en danger|عتقوها}
- {Il dit|Kteb lina} rah machi liha daba w ghadi y9telha cette nuit, {hiya seule f la maison|ma
  f khbarhach}
- {un collègue|صاحبي} تودع معانا ف un message دابا وقال ما غاديش يعيش لغدا، {téléphone éteint|ما
  عرفناش فين هو}
- {Notre voisine mesdouda|Khti mesdouda} 3end son mari daba, on entend katghewwet, 7alef y9telha
  {cette nuit|aujourd'hui}
- {son père|صاحبو} كيقول باغي يدير شي حاجة ف راسو cette nuit، {faites vite|حياتو en danger}
- {Des hommes|Wa7ed} kaytsennawh daba 7da la maison b des couteaux, 7alfin y9etlouh
  {aujourd'hui|avant ce soir}
- {راني coincée|حنا محاصرين} دابا ف la chambre وهو derrière ب le couteau، غادي يقتلنا، {faites
  vite|زربو}
- {Mon voisin|Mon cousin} kteb f <social> daba belli ghadi ysali la vie cette nuit,
  {sauvez-le|howa seul f dar}
- {هي cachée|أنا caché} دابا من واحد هاز couteau وكيقلب عليها باش يقتلها، {sauvez-nous|حنا en
  danger}
""",
    "calm": """
- j'ai failli نموت ب {la honte|الفقصة} ملي عرفت
- Kan heddedni b l9tel hadi {deux ans|trois ans}, il a été condamné w ma 3awedtch chefto
- هادشي {me tue|قتلني} بالتخمام ولكن ما كاين danger
- De ma vie ma cheft b7al hadchi {w 3endi soixante ans|w ana mwellef}
- دابا c'est fini وأنا لاباس مع {ma famille|الواليدين}
- Kan kay9oul lia je vais te tuer w howa ghir {kayd7ek|f le jeu}, kolna kand7ko
- la police جاو {la semaine dernière|نهارها} وخداو ليه le couteau وسالا المشكل
- 3afakom jawbouni {ce soir|aujourd'hui} 7it msafer demain
- ma sœur كانت {malade|fatiguée} العام اللي فات ودابا ça va، طفات le téléphone غير باش ترتاح
- {Rani daba devant la porte|W9eft devant la porte} dyal l'agence w ma 7ell lia 7ed
- {Mett|J'étais mort} b d7ek f le début w men be3d fhemt
- {كان حلف يقتلني|هددني ب une arme} l'an dernier وهو aujourd'hui ف la prison، ما خايفش
- {L'attente|Tekhmam} kay9telni chaque nuit, hadchi li kayn
- {toute ma vie|طول حياتي} وأنا كنتيق ف les gens
- {Machi en danger|Aucun danger} daba, bghit ghir déclaration dyal les faits
- {mon neveu|ولدي} كيغوت ف les jeux غادي نقتلك، وهو غير كيضحك
- {La police jat|Les gendarmes jaw} ce jour-là w khdaw l'arme, salat b conciliation
- {بغيت la réponse دابا|جاوبوني aujourd'hui} عافاكم، l'agence كتسد ce soir
- {Mon oncle mat|Jeddi mat} cette année w ma 3endo 3ala9a, la famille labas
- {سديت علي la chambre|كلست seul} باش نكتب ليكم le signalement على خاطري
""",
    "open": """
- Bonjour, salam,
- السلام عليكم، bonjour،
- Salam, svp 3awnouni,
- سلام، s'il vous plaît،
- Bonsoir khouti,
- Salam, je suis <name>,
""",
    "rest": """
- hadchi s'est passé <when>
- j'habite ف <town>
- عندي les captures d'écran {كاملين|و les messages}
- mon numéro هو <phone>
- l'email dyali <mail>
- ma CIN نمرتها <idno>
- svp {aidez-moi|عاونوني}
- ma kan3refch son nom, son numéro <suspect>
- {j'ai parlé مع دارنا|ما قلتها لحد}
- je suis prêt nji 3endkom n'importe quand
- première fois كنصيفط ليكم
- le compte smito <handle>
- appelez-moi {f l3chiya|le soir} svp
- merci {bezzaf|بزاف}
- voici la carte bancaire ديالي si besoin <card>
- le numéro ديال le dossier ف l'agence <order>
""",
    "bank": """
- Banque Snaoubar
- بنك الثريا
- la banque
""",
    "market": """
- Souqna
- site d'occasion
- سوقنا
""",
    "social": """
- Houmti
- Najma
- حومتي
""",
    "chat": """
- Zajel
- le groupe
- زاجل
""",
    "when": """
- lundi
- lbare7
- هادي تلت أيام
- au début du mois
- samedi ف العشية
""",
    "cur": """
- dh
- درهم
""",
}
