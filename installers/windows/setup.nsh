; The common part of Medlane's two installers. The including script defines its name (NAME, FOLDER, its KEY among the
; installed programs), its programs (macro EachProgram) and its menu entries (macros AddToMenu, TakeFromMenu).
; `cargo xtask package windows` defines the rest: VERSION, PROGRAMS (the folder of the built programs), ROOT (the
; workspace), OUT.

Unicode true
Target amd64-unicode
ManifestDPIAware true
SetCompressor /SOLID lzma
RequestExecutionLevel admin

!include LogicLib.nsh
!include FileFunc.nsh
!include nsDialogs.nsh
!include WinMessages.nsh

!define INSTALLED "Software\Microsoft\Windows\CurrentVersion\Uninstall\"
!define ENVIRONMENT "SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
; Microsoft's id of the WebView2 runtime.
!define WEBVIEW "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

; Error levels of a silent installation.
!define NO_WEBVIEW 3
!define IN_USE 4
!define NO_SERVER 5

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\${FOLDER}"
InstallDirRegKey HKLM "${INSTALLED}${KEY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT OR Apache-2.0"
!ifdef SIGN
  !finalize '${SIGN} "%1"'
  !uninstfinalize '${SIGN} "%1"'
!endif

Var Server
Var Field

Page custom AskServer TakeServer
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; Tells why nothing was installed, and ends.
!macro Refuse why level
  SetErrorLevel ${level}
  MessageBox MB_OK|MB_ICONSTOP "${why}" /SD IDOK
  Quit
!macroend

; Windows keeps the file of a running program locked.
!macro RefuseInUse program
  ${If} ${FileExists} "$INSTDIR\${program}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${program}" a
    ${If} ${Errors}
      !insertmacro Refuse "${program} is running. Close it on this computer, for every user, and start again." ${IN_USE}
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

!macro Bring program
  File "${PROGRAMS}\${program}"
!macroend

!macro Drop program
  Delete "$INSTDIR\${program}"
!macroend

; The address in the command line. GetOptions ends a value at the next slash, and an address has two.
Function ServerGiven
  ${GetParameters} $0
  StrCpy $1 0
  ${Do}
    StrCpy $2 $0 8 $1
    ${If} $2 == ""
      Return
    ${EndIf}
    IntOp $1 $1 + 1
  ${LoopUntil} $2 == "/SERVER="
  IntOp $1 $1 + 7
  ${Do}
    StrCpy $2 $0 1 $1
    ${If} $2 == ""
    ${OrIf} $2 == " "
      Return
    ${EndIf}
    ${If} $2 != '"'
    ${AndIf} $2 != "\"
      StrCpy $Server "$Server$2"
    ${EndIf}
    IntOp $1 $1 + 1
  ${Loop}
FunctionEnd

; Leaves $0 empty if the server's address is invalid.
Function IsAddress
  StrCpy $0 $Server 8
  ${If} $0 == "https://"
    Return
  ${EndIf}
  StrCpy $0 $Server 7
  ${If} $0 != "http://"
    StrCpy $0 ""
  ${EndIf}
FunctionEnd

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW}" "pv"
  ${If} $0 == ""
    ReadRegStr $0 HKCU "Software\${WEBVIEW}" "pv"
  ${EndIf}
  ${If} $0 == ""
  ${OrIf} $0 == "0.0.0.0"
    !insertmacro Refuse "${NAME} shows its pages by Microsoft's WebView2 runtime, which is not on this computer. Install it (Windows 11 has it; for Windows 10: developer.microsoft.com/microsoft-edge/webview2), and start again." ${NO_WEBVIEW}
  ${EndIf}
  !insertmacro EachProgram RefuseInUse
  Call ServerGiven
  ${If} $Server == ""
    ReadRegStr $Server HKLM "${ENVIRONMENT}" "MEDLANE_SERVER"
  ${EndIf}
  Call IsAddress
  ${If} ${Silent}
  ${AndIf} $0 == ""
    !insertmacro Refuse "The server's address is needed: /SERVER=https://clinic.example" ${NO_SERVER}
  ${EndIf}
FunctionEnd

Function AskServer
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 24u "The address of your clinic's server, as your administrator has given it, for everybody at this computer:"
  Pop $0
  ${NSD_CreateText} 0 28u 100% 14u "$Server"
  Pop $Field
  ${NSD_CreateLabel} 0 46u 100% 12u "For example https://clinic.example"
  Pop $0
  ${NSD_SetFocus} $Field
  nsDialogs::Show
FunctionEnd

Function TakeServer
  ${NSD_GetText} $Field $Server
  Call IsAddress
  ${If} $0 == ""
    MessageBox MB_OK|MB_ICONEXCLAMATION "An address begins with https://"
    Abort
  ${EndIf}
FunctionEnd

; Tells running programs the new address.
!macro TellEnvironment
  SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=5000
!macroend

Section
  SetOutPath $INSTDIR
  !insertmacro EachProgram Bring
  File "${PROGRAMS}\WebView2Loader.dll"
  File "${ROOT}\LICENSE-MIT"
  File "${ROOT}\LICENSE-APACHE"
  !insertmacro AddToMenu
  WriteRegExpandStr HKLM "${ENVIRONMENT}" "MEDLANE_SERVER" "$Server"
  !insertmacro TellEnvironment
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${INSTALLED}${KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKLM "${INSTALLED}${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${INSTALLED}${KEY}" "Publisher" "Medlane"
  WriteRegStr HKLM "${INSTALLED}${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${INSTALLED}${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${INSTALLED}${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${INSTALLED}${KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${INSTALLED}${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${INSTALLED}${KEY}" "EstimatedSize" $0
SectionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro EachProgram RefuseInUse
FunctionEnd

; Unsent data is sealed among each user's own files: removing the program leaves it there.
Section "Uninstall"
  !insertmacro TakeFromMenu
  !insertmacro EachProgram Drop
  Delete "$INSTDIR\WebView2Loader.dll"
  Delete "$INSTDIR\LICENSE-MIT"
  Delete "$INSTDIR\LICENSE-APACHE"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${INSTALLED}${KEY}"
  ; Both programs use the address: it goes with the last of them.
  ReadRegStr $0 HKLM "${INSTALLED}Medlane" "DisplayName"
  ReadRegStr $1 HKLM "${INSTALLED}MedlaneKiosk" "DisplayName"
  ${If} "$0$1" == ""
    DeleteRegValue HKLM "${ENVIRONMENT}" "MEDLANE_SERVER"
    !insertmacro TellEnvironment
  ${EndIf}
SectionEnd
