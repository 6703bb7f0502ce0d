// Say in the page that a passkey could not be used: allauth's script would only write it to the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("passkey-trouble");
  if (place) place.hidden = false;
});
