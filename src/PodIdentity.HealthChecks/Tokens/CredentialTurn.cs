namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// MSAL lets one managed identity request of a process out at a time. So of the checks with a credential of their own, one at a time asks by it,
/// and the others ask beside it meanwhile.
/// </summary>
internal sealed class CredentialTurn
{
    private int _isTaken;

    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void GiveBack() => Volatile.Write(ref _isTaken, 0);
}
