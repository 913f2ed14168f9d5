// The words of an overlay in languages other than English, in the order of `keys` in texts.js.
export const words = {
  de: 'schickt|folgt jetzt|abonniert|teilt den Stream|ist da|gefällt das|schickt einen Sticker|sehen zu|verbindet neu|Der Link dieses Overlays gilt nicht mehr|Diamanten|Likes|Neue Follower|Geschenke|Kommentare|Geteilt|Host|Mod|Abo',
  es: 'envía|ahora te sigue|se suscribe|comparte el directo|se ha unido|le gusta|envía un sticker|espectadores|reconectando|El enlace de este overlay ya no es válido|Diamantes|Me gusta|Nuevos seguidores|Regalos|Comentarios|Compartidos|anfitrión|mod|sub',
  fr: 'envoie|vous suit|s’abonne|partage le live|est là|aime|envoie un sticker|spectateurs|reconnexion|Le lien de cet overlay n’est plus valable|Diamants|J’aime|Nouveaux abonnés|Cadeaux|Commentaires|Partages|hôte|modo|abonné',
  pt: 'envia|começou a seguir|se inscreveu|compartilha a live|entrou|curtiu|envia uma figurinha|assistindo|reconectando|O link deste overlay não é mais válido|Diamantes|Curtidas|Novos seguidores|Presentes|Comentários|Compartilhamentos|anfitrião|mod|sub',
  ar: 'يرسل|بدأ المتابعة|اشترك|شارك البث|انضم|أعجبه البث|أرسل ملصقًا|يشاهدون|إعادة الاتصال|رابط هذا العرض لم يعد صالحًا|ماسات|إعجابات|متابعون جدد|هدايا|تعليقات|مشاركات|مضيف|مشرف|مشترك',
  ja: 'から|フォローしました|登録しました|シェアしました|参加しました|いいね|スタンプ|人が視聴中|再接続中|このオーバーレイのリンクは無効です|ダイヤ|いいね|新しいフォロワー|ギフト|コメント|シェア|ホスト|モデ|サブ',
};
