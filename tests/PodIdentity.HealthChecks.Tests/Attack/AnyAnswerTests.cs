using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck.Fluent;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Any bytes, any status, any header: a verdict, never an exception, and nothing in it that must not leave.</summary>
public sealed class AnyAnswerTests
{
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly Observation[] Circumstances =
    [
        new() { At = Now },
        new() { At = Now, Expected = new() { ClientId = Id, ObjectId = Id, TenantId = Id, ResourceId = "/subscriptions/" + Id }, Selector = "client ID " + Id },
        new() { At = Now, Expected = new() { Responder = PodIdentityResponder.Nmi }, Identities = IdentityHistory.Empty.After(new("a", "b", "c", "d"), PodIdentityResponder.Nmi, TimeProvider.System) },
        new() { At = Now, Health = new("http://node/healthz", TransportFailure.Refused), Fingerprint = new("http://node/host/token", TransportFailure.None, 404) },
        new() { At = Now, Health = new("http://node/healthz", TransportFailure.None, 200, Text: "Not Active") },
    ];

    [Fact]
    public void Any_answer_has_a_verdict_that_is_fit_to_show() => Always.Holds(
        HostileInput.Any,
        input => Assert.All(Judge(input), verdict =>
        {
            verdict.ShouldBeFitToShow();
            verdict.ValuesShouldBeShort();
        }),
        input => input.Smaller());

    [Fact]
    public void A_token_anywhere_in_any_answer_stays_out_of_the_verdict()
    {
        var tokens = new[] { FakeToken.For(Id), FakeToken.Opaque(48, seed: 1), FakeToken.Opaque(2000, seed: 2) };
        var windows = new TokenWindows(tokens);
        Always.Holds(
            from input in HostileInput.Any
            from token in Gen.Elements(tokens)
            from place in Gen.Choose(0, 1000)
            select input.Plant($" {token} ", place),
            input => Assert.All(Judge(input).SelectMany(TextsOf), text => Assert.Null(windows.FindIn(text))));
    }

    [Fact]
    public void Any_payload_of_a_JWT_is_read_or_unverifiable() => Always.Holds(
        Gen.OneOf(HostileInput.Claims, HostileInput.Bytes.Select(Encoding.Latin1.GetString)),
        claims =>
        {
            var identity = TokenClaims.Read(FakeToken.WithClaims(claims)).Identity;
            foreach (var id in new[] { identity.ClientId, identity.ObjectId, identity.TenantId, identity.ResourceId })
            {
                Shown.AssertFitToShow(id ?? "");
            }
        });

    [Fact]
    public void Any_string_may_be_called_a_token() => Always.Holds(
        Text(), text =>
        {
            _ = TokenClaims.Read(text);
            _ = TokenClaims.Read($"{text}.{text}.{text}");
        });

    [Fact]
    public void Any_text_is_made_fit_to_show() => Always.Holds(
        from text in Text() from times in Gen.Elements(1, 10, 1000) select string.Concat(Enumerable.Repeat(text, times)),
        text =>
        {
            foreach (var safe in new[] { SafeText.ForPeople(text), SafeText.Identifier(text) })
            {
                Shown.AssertFitToShow(safe);
                Assert.InRange(safe.Length, 0, 601);
            }
        });

    /// <summary>The work of these engines grows with the input and not with its square or worse, whatever it is.</summary>
    [Fact]
    public void Every_regular_expression_works_without_backtracking() => Assert.All(
        typeof(TokenAnswerReader).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(m => m.ReturnType == typeof(Regex) && m.GetParameters().Length == 0),
        m => Assert.True(((Regex)m.Invoke(null, null)!).Options.HasFlag(RegexOptions.NonBacktracking), m.Name));

    [Theory]
    [InlineData("A")]
    [InlineData("eyJ")]
    [InlineData("a ")]
    [InlineData("AADSTS")]
    [InlineData("AADSTS9999999999")]
    [InlineData("Status Code = '")]
    [InlineData("Status Code = '429'. Response body: ")]
    [InlineData("Status Code = '429'. Response body:  Endpoint htt")]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData(".")]
    [InlineData("\0")]
    [InlineData("\u202e")]
    public void Sixty_four_KiB_of_anything_are_a_verdict(string atom)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(atom, 64 * 1024 / atom.Length)));
        foreach (var status in new[] { 200, 403, 500 })
        {
            Assert.All(Judge(new HostileInput(status, ToEntra: false, Server: null, "text/plain", body)), v => v.ShouldBeFitToShow());
        }
    }

    private static IEnumerable<Verdict> Judge(HostileInput input)
    {
        var exchange = TokenAnswerReader.Read(input.ToAnswer(), input.Body, Now);
        foreach (var circumstance in Circumstances)
        {
            var seen = circumstance with { Token = exchange };
            yield return Verdict.Of(seen, FailureTable.Read(seen), HealthStatus.Unhealthy, TimeSpan.Zero);
        }
    }

    private static IEnumerable<string> TextsOf(Verdict verdict) => verdict.Data.Values.Select(v => $"{v}").Append(verdict.Description);

    /// <summary>Whatever a string can hold, half a surrogate pair included.</summary>
    private static FsCheck.Gen<string> Text() => Gen.OneOf(
            Gen.Choose(0, char.MaxValue).Select(c => (char)c),
            Gen.Elements('\r', '\n', '\u001b', '\u202e', '\u200b', '\ufeff', '\ud800', '\udc00', '\ud83d', '\ude00', 'A', 'a', '.', ' '))
        .ArrayOf()
        .Select(c => new string(c));
}
