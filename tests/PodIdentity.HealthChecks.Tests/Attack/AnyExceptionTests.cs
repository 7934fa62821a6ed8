using Azure;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Identity.Client;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Whatever a credential throws, and however deep: an exchange, and none of the exception's own words.</summary>
public sealed class AnyExceptionTests
{
    private const string Secret = "hunter2";

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<int> Status = Gen.OneOf(Gen.Elements(0, 200, 400, 429, 500, -1, int.MaxValue, int.MinValue), Gen.Choose(0, 1000));

    [Fact]
    public void Any_exception_has_a_verdict_that_is_fit_to_show() => Always.Holds(
        Any(),
        exception =>
        {
            var seen = new Observation { Token = CredentialErrors.Read(exception, asksEntra: null, Now), At = Now };

            var verdict = Verdict.Of(seen, FailureTable.Read(seen), HealthStatus.Unhealthy, TimeSpan.Zero);

            verdict.ShouldBeFitToShow();
            Assert.DoesNotContain(Secret, verdict.Description, StringComparison.Ordinal);
        });

    [Fact]
    public void An_AADSTS_error_that_only_the_message_of_MSAL_has_is_found()
    {
        var exchange = CredentialErrors.Read(new MsalServiceException("managed_identity_request_failed", "AADSTS500011: no such resource", 400), asksEntra: null, Now);

        Assert.Equal((true, 500011), (exchange.ToEntra, exchange.EntraError));
    }

    private static Gen<Exception> Any() =>
        from innermost in Gen.OneOf(Service(), Failed(), Gen.Elements<Exception>(
            new InvalidOperationException(Secret), new OperationCanceledException(Secret), new HttpRequestException(Secret), new IOException(Secret)))
        from depth in Gen.Elements(0, 1, 5, 2000)
        select Enumerable.Range(0, depth).Aggregate(innermost, (inner, _) => new InvalidOperationException(Secret, inner));

    private static Gen<Exception> Failed() => Status.Select(Exception (status) => new RequestFailedException(status, Secret));

    private static Gen<Exception> Service() =>
        from status in Status
        from code in Gen.Elements("managed_identity_request_failed", "invalid_client")
        from before in Gen.Elements(Secret, Secret + " AADSTS99999 ", "received from the server: ", Secret + " received from the server: {\"error\":\"x\"}")
        from body in Gen.OneOf(Gen.Constant(""), HostileInput.Claims)
        select (Exception)new MsalServiceException(code, before, status) { ResponseBody = body };
}
