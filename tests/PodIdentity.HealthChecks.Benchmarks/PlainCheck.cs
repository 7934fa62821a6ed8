using Azure.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>The peer: the check that people write by hand. Its token comes from the credential's cache.</summary>
internal sealed class PlainCheck(TokenCredential credential) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await credential.GetTokenAsync(new TokenRequestContext([BareCredential.Scope]), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception: exception);
        }
    }
}
