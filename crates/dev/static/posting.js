// The vendor's page posts its form by itself; without this script, a button does.
document.getElementById('posting').submit();
