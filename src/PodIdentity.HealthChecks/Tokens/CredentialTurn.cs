namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// MSAL lets one managed identity request of a process out at a time. So of an application's checks one at a time asks by its credential, and the
/// others do not queue behind it.
/// </summary>
internal sealed class CredentialTurn
{
    private int _isTaken;

    public bool TryTake() => Interlocked.CompareExchange(ref _isTaken, 1, 0) == 0;

    public void GiveBack() => Volatile.Write(ref _isTaken, 0);
}
