using FsCheck;
using FsCheck.Fluent;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Who is expected and who came: equal identifiers are equal however they are written, and others are not.</summary>
public sealed class AnyIdentityTests
{
    private static readonly Gen<string> Text = Gen.Elements("a", "A", "/", " ", "{", "}", "(", "0x", "-", "6f9619ff", "\0", "\u202e").ListOf().Select(string.Concat);

    private static readonly Gen<Guid> AnyGuid = Gen.Choose(int.MinValue, int.MaxValue).Four().Select(
        n => new Guid([.. BitConverter.GetBytes(n.Item1), .. BitConverter.GetBytes(n.Item2), .. BitConverter.GetBytes(n.Item3), .. BitConverter.GetBytes(n.Item4)]));

    [Fact]
    public void Any_identifier_is_itself_and_any_two_agree_both_ways() => Always.Holds(
        from one in Text from other in Text select (one, other),
        ids =>
        {
            Assert.Null(Mismatch(ids.one, ids.one));
            Assert.Equal(Mismatch(ids.one, ids.other) is null, Mismatch(ids.other, ids.one) is null);
        });

    [Fact]
    public void A_GUID_is_the_same_in_any_format_and_letter_case() => Always.Holds(
        from guid in AnyGuid from format in Gen.Elements("N", "D", "B", "P", "X") from upper in Gen.Elements(true, false) select (guid, format, upper),
        written =>
        {
            var text = written.guid.ToString(written.format);
            Assert.Null(Mismatch(written.guid.ToString(), written.upper ? text.ToUpperInvariant() : text));
        });

    [Fact]
    public void Two_GUIDs_are_two_identities() => Always.Holds(
        AnyGuid.Two().Where(g => g.Item1 != g.Item2), guids => Assert.NotNull(Mismatch(guids.Item1.ToString(), guids.Item2.ToString())));

    private static string? Mismatch(string expected, string actual) =>
        new Expectation { ObjectId = expected }.FindMismatch(new TokenIdentity(ClientId: null, actual, TenantId: null, ResourceId: null));
}
