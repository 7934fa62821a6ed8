namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// MSAL lets one managed identity request of a process out at a time. So of an application's checks one at a time asks by its credential, as
/// far as that can be helped: a check with a credential of its own asks beside it meanwhile, and one with a credential of the application's knows
/// that it may have to wait.
/// </summary>
internal sealed class CredentialTurn
{
    private int _isTaken;

    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void GiveBack() => Volatile.Write(ref _isTaken, 0);
}
