{
  const stop = document.getElementById("stop");
  if (stop) stop.addEventListener("click", async () => {
    stop.disabled = true;
    const { base_url, user, xsrf_token } = window.jhdata;
    await fetch(`${base_url}api/users/${encodeURIComponent(user)}/server`, {
      method: "DELETE", headers: { "X-XSRFToken": xsrf_token },
    });
    location.assign(`${base_url}home`);
  });
}
