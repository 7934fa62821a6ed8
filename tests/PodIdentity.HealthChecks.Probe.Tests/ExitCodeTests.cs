namespace PodIdentity.HealthChecks.Probe.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(0, "MetadataProxied")]
    [InlineData(1, "IdentityNotBound IdentityPending IdentityNotFound IdentityAmbiguous IdentityMismatch IdentityUnstable TokenRejected FederatedTokenUnusable TokenExpiring WorkloadIdentityNotInjected")]
    [InlineData(2, "NmiUnreachable NmiNotActive NotIntercepted")]
    [InlineData(4, "Throttled TokenServiceUpdating TokenServiceError InvalidResponse TimedOut CredentialFailed")]
    public void Each_class_of_failure_has_its_number(int code, string reasons) =>
        Assert.Equal(
            reasons.Split(' ').Order(StringComparer.Ordinal),
            Enum.GetValues<PodIdentityFailureReason>().Where(r => ExitCode.Of(r) == code).Select(r => r.ToString()).Order(StringComparer.Ordinal));
}
