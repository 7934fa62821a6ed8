namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// MSAL lets one managed identity request of a process out at a time. So of an application's checks one at a time asks by its credential: a check
/// with a credential of its own asks beside it meanwhile, and one with a credential of the application's waits for its turn.
/// </summary>
#pragma warning disable CA1001 // Nobody uses its wait handle, so there is nothing to dispose.
internal sealed class CredentialTurn
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(initialCount: 1);

    public bool TryTake() => _turn.Wait(millisecondsTimeout: 0);

    /// <exception cref="OperationCanceledException">The deadline came first.</exception>
    public Task TakeAsync(CancellationToken deadline) => _turn.WaitAsync(deadline);

    public void GiveBack() => _turn.Release();
}
