// Say in plain words that a passkey did not work, in place of an error in the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("failed").hidden = false;
});
