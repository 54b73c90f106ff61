"""What citizens write in Darija in Latin letters: templates and words, all invented.

One bullet is one template; ``{a|b}`` is a choice, ``<name>`` a place to fill. Templates of one
kind with one number tell the same scenario in all varieties, number n and n + 10 in two wordings.
See ``grammar``.
"""

PHRASES: dict[str, str] = {
    "fraud": """
- {jani|sifto lia} wa7d lmessage 9al men <bank> bach {nbeddel|n2akked} lma3loumat dyal la carte,
  {3mmerthom|ktebthom} w mchaw lia <amount> men lcompte
- chrit {tilifoun|pc|bikala} men <market> w sifet <amount> {lmoul sel3a|lbiya3}, w men temma
  {sedd tilifoun|blokani} w ma wselni walo
- 3eyet lia wa7ed 9al rah khdam f <bank> w tleb meni {lcode|rramz} li ja f lmessage, {chwiya|men
  be3d} l9it <amount> tse7bo men lcompte
- {wa7d sef7a|chi nass} f <social> 9alo lia 3endhom contrat dyal lkhedma {berra|f lkharij},
  khellest <amount> dyal dossier w men be3d {ma b9awch yjawbo|ghebro b flousi}
- 7ettit <amount> f wa7d {l application|lplateforme} dyal trading w rbe7, {melli bghit nkherrej
  flousi|melli bghit njbed lflous} 9alo lia khassek tzid tkhelless
- 9alo lia rbe7ti {tomobil|cadeau} w khassek tsifet <amount> dyal {ttewsil|diwana},
  {sifethom|dfe3thom} w ma wselni walo
- wa7ed dar raso {weld khalti|sa7bi} f <chat> w 9al lia {me7taj|mzeyyer} sellefni <amount>,
  sifethom lih w tle3 nesab
- krit {bertma|dar} f lb7er men <market> w 3tit <amount> 3arboun, {melli mchina|melli wselna}
  l9ina l i3lan ghir kdoub w moul dar gheber
- l9it {f relevé|f lcompte} chi khlassat f internet ma derthomch ana, f lmejmou3 <amount>, w la
  carte {ma kherjatch men jibi|raha 3endi}
- tberre3t b <amount> l wa7d {l7amla|jam3iya} f <social> 3la 9bel 3amaliya dyal {chi mrid|wa7d
  derri}, w men be3d 3reft {belli kolchi nesb|belli nesbo 3la nnas}
- lwalida clikat 3la wa7d lien {b smiyat|kay9oul rah men} <bank> w ketbat nemra dyal la carte
  dyalha, {f dik lila|men be3d sa3a} kherjo liha <amount>
- {3jebni|tlebt} wa7d {sebbat|telfaza|tilifoun} f <market> w khellest taman <amount>, w men dak
  nhar lbiya3 {ma kayreddch|mblokini} w sel3a ma jatch
- {hder m3aya|tessel biya} wa7ed dayer raso men <bank> 9al bach y7miw lia lcompte, 3titou lcode
  w mchaw lia <amount>
- mrati khellsat <amount> 3la visa w 3a9d dyal lkhedma kano f sef7a f <social>, {w charika ma
  kaynach|w men be3d seddo sef7a}
- {wa7d semsar|wa7d derri} f <social> 9enne3ni ndir <amount> f trading, rrassid kaytle3 f l
  application {walakin ma ymkench nes7eb|w melli tlebt l2arba7 gheber}
- jani message belli rbe7t f {loterie|l9or3a} tomobil w khassni nsifet <amount> l diwana,
  {ljaiza ma kaynach|w hiya ghir kdoub w nesb}
- bba sifet <amount> l wa7ed hder m3ah f <chat> b smiti w 9al lih rani {mzeyyer|beddelt nemra},
  {machi ana|hadchi nesb}
- 3tit 3arboun <amount> 3la {villa|dar} dyal sif cheftha f <market>, moul l i3lan {ma b9ach
  kayredd|sedd nemrto} w l3onwan ghalet
- tkhellso men la carte dyali chi chrayat f site dyal berra b <amount> {bla khbari|ma kan3ref
  3lihom walo}, w lbanka {9alet machi choghlha|9alet lia belleghi 3endkom}
- sifet <amount> l sef7a f <social> katjme3 l i3anat l 3a2ila me7taja, tel3o {dayrin tsawer
  9dam|kaddabin 3la lmo7sinin} w hadchi nesb
""",
    "blackmail": """
- {wa7ed|chi 7ed} kayhedded{ni|ni dima} bach ynchor tsawri {lkhassin|lchakhsiyin} ila ma sifetch
  lih <amount>
- t3erreft 3la {we7da|wa7ed} f <social>, tsejjel lia video khass {bla khbari|bla ma n3ref} w
  daba kaytleb lflous bach ma ysiftoch {ldarna|l3a2ilti}
- {khtibi l9dim|wa7ed kont m3ah} ba9in 3endo tsawri lkhassin w kay9oul lia {ghadi nsifethom
  lkhoutek|ghadi nwerrihom lbbak} ila {ma rje3tich lia|tzewwejti}
- dkhel chi 7ed l <social> dyali w khda tsawer khassin dyal {l3a2ila|dar} w kaybtezzni, {bgha
  <amount>|baghi lflous} bach ma ynchorhomch
- hadi {chher|modda} w ana kankhelles wa7ed kaybtezzni, kol merra kayrje3 y9oul lia {ghadi
  nfed7ek|nfed7ek f lkhedma} b lvideo lkhass
- {sa7bti|bent 3emmi} kaybtezzoha b {mo7adatat|screen dyal mo7adatat} khassa w kayheddouha
  ysiftohom {lrajelha|lkhtibha} ila ma def3atch
- {be3t|da3 lia} tilifouni w daba wa7ed sifet lia teswira khassa kanet fih w 3tani
  {yawmayn|nharin} nkhelles <amount> wla ynchorha
- moul {lmagaza|l7anout} li kaysaweb tilifounat l9a tsawri lkhassin w kaybtezzni, {9al ghadi
  y7ettehom f lgroupe dyal l7ouma|9al ghadi ynchorhom} ila ma 3titoch li bgha
- men be3d ma hderna b lvideo {9al lia|kteb lia} rah sejjelni w sifet lia la liste dyal s7abi,
  kayhedded ynchor lvideo lkhass ila ma khellestch <amount>
- jani email {kay9oul|mektoub fih} wa7ed belli sewwerni b lcamera dyal pc w kayhedded ysifet
  lvideo lkhass l ga3 m3arfi ila ma khellestouch
- wa7d lcompte ma kan3erfouch baghi menni <amount> {f yawmayn|had simana}, wla ghadi ywerri
  tsawri chakhsiyin l nnas
- khouya ta7 f btizaz: {hder m3a we7da|tchatta m3a compte} f <social> w sewrouh bla khbaro,
  baghin lflous bach tesjil ma ywselch ldarhom
- melli {tfare9na|fsekhna lkhotoba} wella kayheddedni ywerri {l bba|l khouti} tsawer khassin li
  b9aw 3endo
- {dekhlo|tsellelo} l compte dyal mrati w khdaw liha tsawer dar, w daba chartin <amount> bach ma
  ynchorouhomch
- khellesto <amount> jouj merrat w ma bghach y7bes l ibtizaz, {baghi kter|kaytleb mazal} w
  kayhedded ywerri tesjil lkhass l s7ab lkhedma
- {kayheddo|kaybtezzo} we7da men l3a2ila b mo7adatat khassa: ya tkhelles <amount> ya ysiftohom
  {ldarhom|lrajelha}
- {li chra tilifouni l9dim|wa7ed} l9a fih tsawer khassin, baghi <amount> wla yfde7ni bihom
- khellit tilifoun 3end {technicien|wa7ed kaysle7} w nsekh tsawer khassin dyali, wella
  kayheddedni bihom w kaytleb {lflous|chi 7aja} bach yms7hom
- f wa7d l appel video f <chat> sejlouni bla khbari, {sifto lia smiyat 3a2ilti|jabo lia smiyat
  3a2ilti} w kayheddo ywsel lihom tesjil ila ma khellestch
- message f l email kay9oul lpc dyali {mhacki|mora9ab} w 3endhom tesjil khass dyali, 3tawni
  mohla nkhelles <amount> b crypto wla ynchorouh
""",
    "insult": """
- {kayn wa7d lcompte|wa7d sef7a} f <social> kaychewweh sem3ti w kay9oul 3liya {cheffar|khayen} w
  ma 3endo 7etta dalil
- jari kaysebbni w y3ayerni f lgroupe dyal {l3imara|l7ouma} f <chat> {9eddam nnas kamlin|9eddam
  sokkan}
- {daro compte|sawbo compte} b smiti w kayketbo bih commentaires khaybin w m3ayer 3la
  {s7abi|nnas li khdam m3ahom} bach {ychewhouni|ykhesro sem3ti}
- wa7d {lclient|zboun} kteb 3la {l7anout dyali|lm7el dyali} kdoub w semmani nesab, {w
  chewwehni|w khesser lia sem3ti} 9eddam nnas
- kol {simana|nhar} kayjiwni messages kolhom sebban w m3ayer 3la {chekli|lahejti} men des
  comptes {mzewwrin|faux}
- {nsibti|we7da men l3a2ila} daret audio katsebb fih lwalida w kat9oul 3liha hedra {ma
  kaynach|kolha kdoub} w katchewweha
- derari dyal lmedrasa kayde7ko 3la {weldi|benti} f <chat> w kay3ayrouh b smiyat
  {khaybin|9bi7in} {dima|kol nhar}
- wa7d {moul live|moul channel} tle3 f live w 9al 3liya keddab w kanghech nnas, w men temma
  {ghir lm3ayer|ghir sebban} f commentaires
- {chi 7ed|wa7d lcompte} khda teswirti w dar biha d7ek w 7ettha f <social> m3a hedra khayba
  {kolha m3ayer|kolha sebban}
- wa7ed kan khdam m3aya {kaysifet|kaykteb} l clients dyali w kaysebbni w kay9oul 3liya {keddab w
  ghechach|cheffar}, hadchi tachhir w techwih
- {post|statut} f <social> kaysebbni w kay9oul 3liya cheffar w khayen {9eddam m3arfi|9eddam
  kolchi}, hadchi kdoub w tachhir
- {jara|wa7ed men sokkan} kat3ayerni w kat9oul lia lhedra lkhayba f lgroupe dyal <chat> {hadi
  chher|kol simana}
- {wa7ed khda|khdaw} smiti w teswirti w dar faux compte, kaysebb bih nnas bach yban lihom ana li
  kan3ayer
- we7da cliente nechrat belli {resto dyali|lm7el dyali} kayghech nnas w semmatni nesab, kdoub
  {chewweh lia sem3ti|khesser lia sem3ti}
- {khti|mrati} kayjiha lklam lkhayeb w sebban w d7ek 3la {chekelha|hderetha} men comptes
  mzewwrin
- {chewwehna|sebbna} wa7ed men l3a2ila f audio kay3ayer fih {mmi|l3a2ila} w kay7ki 3liha lkdoub
- {weldi|weld khti} kayde7ko 3lih s7ab l9ism f <chat> w kaysebbouh b smiyat 9bi7in
- {f wa7d live|f channel dyalo} semmani keddab w sebbni, {w 9al l s7abo y3ayrouni|w s7abo zado b
  lm3ayer}
- {kaypartagew|partagaw} f <social> teswirti me9louba l d7ek, w te7tha sebban w lklam lkhayeb
- wa7ed {kaytnafes m3aya|kan kaykhdem 3endi} kaykteb l clients belli ana {cheffar|ghechach} w
  kaysebbni f les messages, khesser lia sem3a
""",
    "violence": """
- {jari|weld l7ouma} sifet lia vocal kay9oul ghadi yderbni {9eddam bab dar|9eddam wladi} 3la
  9bel {lparking|l2erd}
- khouya derbouh {jouj|jma3a dyal derari} 7da {terrain|souk} w sewrouh w 7etto lvideo dyal derb
  f <social>
- rajli kayderbni w kay3ennefni {kol ma hdert m3ah|kol ma tlebt menno} 3la {nnafa9a|tla9}, w
  3endi chahada tibbiya
- {kayn wa7ed tab3ni|wa7ed kaytbe3ni} men <social> 7etta lkhedma w kay9oul ghadi yderbni w
  yherres lia {yeddi|tomobil} ila ma hdertch m3ah
- li kan chriki {kteb lia|9al lia} rah 3aref fin saken w ghadi ysifet li {yselkhni|yderbni}
- {lgardien|wa7d lclient} selkhni {b l3sa|b lbounya} men be3d sda3 bda f <chat> {w tjre7t f
  ketfi|w ddawni l mosta3jalat}
- weldi kaywselouh {messages|3aytat} men s7abo kay7elfo 3lih {yselkhouh|yderbouh} f bab lmedrasa
- derari dyal l7ouma {hazzin l3si|kayderbo dar b l7jer} w kay7elfo yderbo l3a2ila dyali 3la
  {post|hedra} f <social>
- 3emmi {dreb bba|slekh bba} f sda3 dyal lwert w jer7o, w ba9i kaysifet vocalat kay7lef fihom
  3lina b derb
- men be3d sda3 f tri9 {l9a wa7d chifour|jbed wa7d chifour} lcompte dyali w kay7lef ghadi
  yderbni w yherres lia {3dami|tomobil}
- wselni vocal men {wa7d jar|weld jiran} kay7lef yherres lia rejli w yselkhni 3la {blasa dyal
  tomobil|7doud l2erd}
- weld 3emmi {klaha 3sa|derbouh} men 3end {tlata|3issaba}, w lvideo dyal derb kaydour f <social>
- rajli kaynzel 3liya b derb {9eddam derari|dima} w ch7al hadi {herres lia yeddi|jre7ni}, bghit
  li y7mini men had l3onf
- wa7ed {3refto f|men} <social> tab3ni fin ma mchit, {dfe3ni|serf9ni} f zen9a 7it ma bghitch
  nhder m3ah
- {wa7ed kansalo|chrik 9dim} kay7lef 3liya f <chat> ysifet lia li yherres lia 3dami {w 3aref
  dari|w 3aref tri9i}
- {client|chifour} 3tani b lbounya w teyye7ni men be3d sda3 f <chat>, herres lia senna
- {tlamed|derari l9ism} kay7elfo 3la khouya sghir yderbouh men be3d l9raya, w sifto lih vocalat
- derari hejmo 3la {darna|bab darna} b l7jer w l3si, {w men be3d ketbo|w ketbo} f <social> ghadi
  yderbo khouti
- f sda3 l3a2ila 3la lwert khali {dfe3 mmi|3ta l khouya b lbounya} w tjre7, w 7lef 3lina kamlin
  b derb f vocal
- {chifour nzel men tomobil|we9efni chifour} w drebni b lbounya men be3d sda3 f tri9, w men be3d
  {kteb lia|sifet lia} kay7lef y3awed yderbni
""",
    "other": """
- {thacka|tsre9} lia lcompte dyal <social> w ma b9itch 9ader ndkhol lih, {beddlo le mot de
  passe|beddlo lia l email}
- bghit n3ref chno {lwra9|lwata2i9} li khassni bach ndir chikaya {f internet|f lmenassa} {w
  ch7al katakhod|w 3end men nemchi}
- tilifoun dyali {wella t9il|kay7ell sef7at bou7do} melli telle3t wa7d l application men lien,
  kandenn fih virus
- kaydour f <chat> khbar belli {lma ghadi yt9te3|lmadaris ghadi yseddo} f <town> w howa ghir
  icha3a ma kaynch
- cheft chi 7ed dkhel l email dyali men {blad khra|appareil ma kan3erfouch}, {beddelt le mot de
  passe|ma b9itch 9ader nbeddel le mot de passe}
- sifet likom balagh f lmenassa {hadi simana|chher li fat} w ma 3tawni 7etta nemra dyal
  tatabbo3, {bghit n3ref fin wsel|kifach n3ref fin wsel}
- kayna sef7a m9elda le site dyal {jama3a|la fac} w kat7ett khbar ghalta w icha3at 3la
  {lmawa3id|tesjil}, ma tderrer fiha 7etta wa7ed
- {da3et|telfat} lia la puce dyal tilifoun w bghit nt2akked wach chi 7ed {khdam b nemrti|7ell
  chi compte b nemrti}
- katle3 lia f pc {wa7d fenêtre|wa7d lmessage} kat9oul fih virus {w ma bghatch tsedd|w telle3
  had lprogramme}, ma clickit 3la 7etta lien
- l9it {nemrti|l email dyali} msejla f wa7d lcompte f <social> ma 7ellitouch ana, bghit
  {nms7o|nseddo}
- ma 9ditch {ndkhol|n7ell} sef7a dyali f <social> chi 7ed cheddha {w beddel rra9m sirri|w beddel
  lma3loumat}, w ma tleb walo
- {kifach ndir|fin ndir} chikaya f lmenassa w chno lwra9 li khass {liha|l 9asir}?
- lpc dyali wella {t9il bezzaf|kaykhdem bou7do} melli installit wa7d lprogramme, {kanchekk f
  virus|w l antivirus kaynebbehni}
- {sme3t|9rit} f <chat> khbar 3la {seddan tri9|dwa li tsala} f <town> w tle3 icha3a w kdoub
- jani f l email belli chi 7ed 7awel {ydkhol|yconnecti} men jihaz ghrib, {chno ndir|w khayef 3la
  le mot de passe}
- ma {jawebni 7ed|wselni walo} 3la lbalagh li dert 9bel f lmenassa, w nemra dyal tatabbo3 {ma
  khdamach|telfat lia}
- {bghit n3lemkom|rah kayn} b site mzewwer b7al dyal {lwilaya|lmedrasa} fih icha3at 3la {l
  imti7an|lmobarat}
- {we9fat|t3ettlat} lia la puce dyal tilifoun fej2a w khayef chi 7ed akhor {kherrej b7alha|khdam
  b nemrti}
- {kaytle3 lia|kayban lia} i3lan f navigateur kay9oul 3endek virus w telle3 programme {bach
  tne99i|bach t7mi}, wach khabit?
- kayn compte f <social> {b smiyat charika dyali|b l email l9dim dyali} ma dertouch ana, {kifach
  nseddo|bghitou ytsedd}
""",
    "urgent": """
- {3afakom daba|3et9ona daba}: rah 9eddam lbab w hazz mous w kay9oul ghadi y9telna had lila
- {khti|sa7bti} ketbat daba chwiya belli ma b9atch bagha t3ich w seddat 3liha lbit, {khayfin 3la
  7yatha|7yatha f khatar}
- sifet {daba|hadi khemsa d d9aye9} belli jay f tri9 ldar bach y9telha, {w hiya bou7dha m3a
  derari|w ma m3aha 7ed}
- {khouya|weldi} khella berya dyal lwada3 lyouma w tilifoun tafi, khayfin ydir chi 7aja f raso
  {had lila|daba}
- sadd 3liha {f dar|f lbit} men sba7 w kay7lef 7etta y9telha {ila 3eytat l chi 7ed|9bel l3chiya}
- {9al lia sa7bo|9alet lia mrato} belli baghi ysali m3a 7yato daba w ma kayjawebch,
  {3et9ouh|zerbo 3afakom}
- 3tah 7etta {lmeghreb lyouma|had l3chiya} w men be3d ghadi yji b slah y9etlo, {w chefnah daba
  7da dar|w rah daba f l7ouma}
- {7yati f khatar daba|rani f khatar daba}: kayherres f lbab w kay7lef 7etta y9telni {had
  lila|9bel ma tjiw}
- {jarti|we7da khdama m3aya} kat9oul ghadi tnta7er lyouma w hadi sa3a ma katjawebch,
  {zerbo|khayfin 3la 7yatha}
- {hrebt lih l sta7|tkhebbit f l7emmam} w howa kay9elleb 3liya b lmous daba, {3et9ouni|zerbo
  3afakom}
- {zerbo 3afakom|3et9o rou7}, {rajli l9dim|jari} kayherres f lbab w hazz slah w kay7lef y9telna
  daba
- {benti|khti} sifat lia daba belli 3yat men l7yat w seddat 3liha lbit w ma katjawebch, {7yatha
  f khatar|3et9ouha}
- {9al lina|kteb lina} rah machi liha daba w ghadi y9telha had lila, {w hiya ma f khbarhach|w
  hiya bou7dha f dar}
- {wa7ed khdam m3aya|sa7bi} twedde3 m3ana f message daba chwiya w 9al ma ghadich y3ich l ghedda,
  {ma 3refnach fin howa daba|w tilifoun tafi}
- {jaretna mesdouda|khti mesdouda} 3end rajelha daba w kansem3ouha katghewwet, w 7alef 7etta
  y9telha {had lila|lyouma}
- {bbah|sa7bo} kay9oul belli baghi ydir chi 7aja f raso had lila, {zerbo 3lih|7yato f khatar}
- kaytsennawh {rjal|wa7ed} daba 7da daro w hazzin lmous, 7alfin 7etta y9etlouh {lyouma|9bel
  lmeghreb}
- {rani m7asra|7na m7asrin} daba f lbit w howa berra b lmous, {ghadi y9telna|kay9oul ghadi
  y9telna}, zerbo
- {jari|weld 3emmi} kteb f <social> daba belli ghadi ysali 7yato had lila, {3et9ouh|w howa
  bou7do f dar}
- {hiya mkhebbya|ana mkhebbi} daba men wa7ed hazz mous w kay9elleb 3liha bach y9telha,
  {3et9ouna|7na f khatar}
""",
    "calm": """
- bghit nmout b {l7echma|lfe9sa} melli 3reft
- rah kan heddedni b l9tel hadi {3amayn|telt snin} w 7ekmo 3lih w ma 3awedtch chefto
- hadchi {9telni|ghadi y9telni} b tekhmam walakin ma kayn 7etta khatar
- f 7yati kamla ma cheft b7al hadchi {w ana 3endi settin 3am|w ana mwellef}
- daba kolchi sala w ana {hani|labas} m3a {darna|lwalidin}
- kan kay9oul lia ghadi n9etlek w howa ghir {kayd7ek|kayl3eb} w 7etta 7na kand7ko
- lbolis {jaw simana li fatet|jaw nharha} w khdaw lih lmous w sala lmochkil
- 3afakom jawbouni {had lila|lyouma} 7it msafer ghedda
- khti kanet {mrida|3eyyana} l3am li fat w daba raha labas, tfat tilifoun {ghir bach tertah|w
  safi}
- {rani daba 9eddam lbab|w9eft 9eddam lbab} dyal l agence w ma 7ell lia 7ed
- {mett|bghit nmout} b d7ek f lewwel w men be3d fhemt
- {kan 7lef y9telni|heddedni b slah} l3am li fat w howa lyouma f l7ebs, ma khayefch
- {tekhmam|tsennay} kay9telni kol lila, hadchi li kayn
- {toul 7yati|f 7yati kolha} w ana kantiy9 f nnas
- {machi f khatar|ma 3liya khatar} daba, bghit ghir nsejjel chno w9e3
- {weld khouya|weldi} kayghewwet f les jeux ghadi n9etlek ghadi n9etlek, w howa ghir kayd7ek
- {jaw lbolis|jaw jadarmia} dak nhar w khdaw slah, w salat b sol7
- {bghit ljawab daba|jawbouni lyouma} 3afakom, l agence katsedd f l3chiya
- {3emmi mat|jeddi mat} had l3am w ma 3endo 3ala9a b hadchi, w l3a2ila labas
- {seddit 3liya lbit|glest bou7di} bach nkteb likom had lbalagh 3la khatri
""",
    "open": """
- salam,
- salam 3alikom,
- slm khouti,
- 3afakom 3awnouni,
- msa lkhir,
- salam 3alikom, {ana|m3akom} <name>,
""",
    "rest": """
- hadchi w9e3 <when>
- ana saken f <town>
- 3endi screenshots {w ga3 les messages|w lmo7adata kamla}
- nemrti hiya <phone>
- l email dyali <mail>
- nemra dyal la carte nationale dyali <idno>
- {3awnouni|choufo lia chi 7ell} lah yr7em lwalidin
- ma kan3refch smito, nemrto <suspect>
- {gelteha ldarna|ma gelteha l7ed}
- mosta3ed nji 3endkom w9etma bghito
- hadi awwel merra kansifet likom
- lcompte smito <handle>
- 3eyto lia {f l3chiya|b lil} lah ykhellikom
- w choukran {bezzaf|likom}
- w hadi nemra dyal la carte bancaire ila 7tajitouha <card>
- nemra dyal dossier f l agence {hiya|3endi} <order>
""",
    "bank": """
- banque snaoubar
- bank thouraya
- lbanka dyali
""",
    "market": """
- souqna
- site dyal occasion
- l application bida3a
""",
    "social": """
- houmti
- najma
- site li9a2
""",
    "chat": """
- zajel
- l application l7mam
- messenger
""",
    "when": """
- nhar tnin
- lbare7
- hadi telt iyyam
- f lewwel dchher
- sebt f l3chiya
""",
    "cur": """
- dh
- drhm
""",
}
